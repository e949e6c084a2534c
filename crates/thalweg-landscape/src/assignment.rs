//! The assignment problem: a column for each row of a square matrix, none twice, with the least sum of costs.

/// The column of each row, by shortest augmenting paths in cubic time (Jonker & Volgenant 1987,
/// doi:10.1007/BF02278710). Costs are finite.
pub(crate) fn assign(costs: &[f64], n: usize) -> Vec<usize> {
    let (mut row_price, mut column_price) = (vec![0.0; n], vec![0.0; n]);
    let mut row_of: Vec<Option<usize>> = vec![None; n];
    for start in 0..n {
        // Dijkstra from the free row to a free column.
        let (mut distance, mut before) = (vec![f64::INFINITY; n], vec![start; n]);
        let mut is_done = vec![false; n];
        let mut order = Vec::new();
        let (mut row, mut reached) = (start, 0.0);
        let end = loop {
            let mut nearest = (f64::INFINITY, 0);
            for column in (0..n).filter(|&column| !is_done[column]) {
                let cost = costs[row * n + column] - row_price[row] - column_price[column];
                if reached + cost < distance[column] {
                    distance[column] = reached + cost;
                    before[column] = row;
                }
                if distance[column] < nearest.0 {
                    nearest = (distance[column], column);
                }
            }
            reached = nearest.0;
            is_done[nearest.1] = true;
            order.push(nearest.1);
            match row_of[nearest.1] {
                Some(next) => row = next,
                None => break nearest.1,
            }
        };
        row_price[start] += reached;
        for &column in &order[..order.len() - 1] {
            let change = reached - distance[column];
            column_price[column] -= change;
            if let Some(row) = row_of[column] {
                row_price[row] += change;
            }
        }
        // Along the path each column changes its row.
        let mut column = end;
        loop {
            let row = before[column];
            let next = (0..n).find(|&c| row_of[c] == Some(row) && c != column);
            row_of[column] = Some(row);
            match next {
                Some(next) if row != start => column = next,
                _ => break,
            }
        }
    }
    let mut columns = vec![0; n];
    for (column, row) in row_of.iter().enumerate() {
        if let Some(row) = row {
            columns[*row] = column;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::gaussian;

    /// The least sum over all orders of the columns.
    fn least(costs: &[f64], n: usize, row: usize, free: &mut Vec<usize>) -> f64 {
        if row == n {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for k in 0..free.len() {
            let column = free.remove(k);
            best = best.min(costs[row * n + column] + least(costs, n, row + 1, free));
            free.insert(k, column);
        }
        best
    }

    #[test]
    fn the_sum_is_the_least_of_all_orders() {
        for seed in 0..40 {
            let n = 1 + seed as usize % 7;
            let costs = gaussian(n * n, seed, 0);
            let columns = assign(&costs, n);
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>());
            let sum: f64 = (0..n).map(|row| costs[row * n + columns[row]]).sum();
            let best = least(&costs, n, 0, &mut (0..n).collect());
            assert!((sum - best).abs() < 1e-12, "{sum} {best}");
        }
    }
}
