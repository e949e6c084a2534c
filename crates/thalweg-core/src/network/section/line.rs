//! Many points of a plane at once, on a line along its first direction, where the first activation is straight on both
//! sides of 0.
//!
//! There a unit's part in the sums of the second layer is a polynomial of degree 2, and another one only behind the
//! place where the unit's own sum passes 0, of which a line has one at most:
//!
//! ```text
//! Z(τ) = b + τ c + Σₕ sₕ (mₕ + τ dₕ) (Pₕ + τ Qₕ) = C₀ + τ C₁ + τ² C₂        α = middle + τ half,  −1 ≤ τ ≤ 1
//! ```
//!
//! with the sums m + τ d of the first layer, the weights P + τ Q and the biases b + τ c of the second, and the slopes s
//! of the activation. C changes by a unit's four products where the unit passes 0, and nowhere else: the second layer
//! costs some products with each unit and two with each sum and point, instead of one with each unit, sum and point.
//!
//! Units lie side by side here, and not rows: each row has events of its own. Sums are rounded as the largest of them on
//! the line are: where others are thousands of times as large, small ones have fewer digits than at a point by itself.

use super::super::lines::Lines;
use super::super::panels::Seen;
use super::super::turn::turn;
use super::super::{Layer, Network};
use super::{Frame, Places, Portion, Walk};
use crate::Real;
use crate::activation::Activation;
use crate::loss::Loss;
use crate::vector::vectorized;

/// Points that sums are made for at a time: they stay in a near cache until the loss is known.
const AT_ONCE: usize = 8;
/// Points that passages are compared with together.
const TOGETHER: usize = 8;

/// Weights and bias of a layer for units side by side: inputs × outputs, with zeros up to whole vectors.
pub(super) struct Across<T> {
    pub(super) weight: Lines<T>,
    pub(super) bias: Lines<T>,
}

impl<T: Real> Across<T> {
    /// The parameters of a layer, which are the first of these.
    fn new(layer: &Layer, parameters: &[T]) -> Across<T> {
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let (weight, bias) = parameters.split_at(inputs * outputs);
        let width = Seen::<T>::padded(outputs);
        let mut turned = Across {
            weight: Lines::new(T::ZERO, inputs * width),
            bias: Lines::new(T::ZERO, width),
        };
        turn(weight, inputs, &mut turned.weight, width, (outputs, inputs));
        turned.bias[..outputs].copy_from_slice(&bias[..outputs]);
        turned
    }
}

/// Points with the same β, and what the network is there behind its first layer.
pub(super) struct Line<T> {
    /// Where τ is 0, and how far α is from there where τ is 1.
    middle: [f64; 2],
    half: f64,
    /// τ of each point, ascending, and which of the points that is.
    pub(super) taus: Vec<T>,
    order: Vec<usize>,
    /// The first activation's slope below and above 0.
    slopes: [T; 2],
    /// The second layer where τ is 0, and what it gains with τ.
    pub(super) second: [Across<T>; 2],
    /// The weights of the layers behind it, for each point in order.
    later: Vec<Vec<T>>,
}

/// What changes a row's polynomials, at a place of the line: a unit with its sum, s m and s d.
#[derive(Clone, Copy, Default)]
pub(super) struct Event<T> {
    pub(super) unit: u32,
    pub(super) middle: T,
    pub(super) gain: T,
}

/// A thread's place to work in.
#[derive(Default)]
pub(super) struct Trail<T> {
    /// The first layer's sums where τ is 0, and what they gain with τ: rows × units.
    middle: Lines<T>,
    gain: Lines<T>,
    /// For each unit of a row: where it passes 0, the activation's slope at the first point, and how many points lie before
    /// its passage, 0 if it has none between two of them.
    passages: Vec<T>,
    slopes: Vec<T>,
    before: Vec<u32>,
    /// The units of a row that have one.
    passing: Vec<u32>,
    /// What happens to each row; at the first point its units come in.
    pub(super) events: Vec<Event<T>>,
    /// Where the events of each row and point begin, and where a row's last ones end.
    pub(super) starts: Vec<usize>,
    /// C₀, C₁ and C₂ of each row.
    pub(super) polynomials: Lines<T>,
    /// Sums of the second layer at some points, points × rows × sums.
    pub(super) sums: Lines<T>,
}

/// Whether a network's loss can be found along lines.
pub(super) fn is_open(network: &Network) -> bool {
    network.layers.len() > 1 && network.layers[0].activation.is_piecewise_linear()
}

/// The slopes below and above 0 of an activation that is straight there.
fn slopes<T: Real>(activation: &dyn Activation) -> [T; 2] {
    let mut ends = [T::ZERO; 2];
    T::elementwise(activation).forward(&[-T::ONE, T::ONE], &mut ends);
    [-ends[0], ends[1]]
}

impl<T: Real> Line<T> {
    /// The line through these points, which have the same β, in a network that is open to it.
    pub(super) fn new(network: &Network, frame: &Frame<'_, T>, points: &[[f64; 2]]) -> Line<T> {
        let alpha = |&index: &usize| points[index][0];
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|a, b| alpha(a).total_cmp(&alpha(b)));
        let (low, high) = (alpha(&order[0]), alpha(&order[order.len() - 1]));
        let middle = [f64::midpoint(low, high), points[0][1]];
        let half = if high > low { (high - low) / 2.0 } else { 1.0 };
        let segments = network.layout.segments();
        let range = segments[2].range.start..segments[3].range.end;
        let mut at_middle = vec![T::ZERO; range.len()];
        frame.write(range.start, middle, &mut at_middle);
        let direction = frame.directions[0][range.clone()].iter();
        let gain: Vec<T> = direction.map(|&d| T::of(half) * d).collect();
        let later = |index: &usize| {
            let mut later = vec![T::ZERO; network.layout.len() - range.end];
            frame.write(range.end, points[*index], &mut later);
            later
        };
        let tau = |index: &usize| T::of((alpha(index) - middle[0]) / half);
        Line {
            middle,
            half,
            taus: order.iter().map(tau).collect(),
            slopes: slopes(&*network.layers[0].activation),
            second: [at_middle, gain]
                .map(|parameters| Across::new(&network.layers[1], &parameters)),
            later: order.iter().map(later).collect(),
            order,
        }
    }

    /// The activation's slope for the units of a row at the first point, and how many points lie before their passage; 0
    /// if they have none between two points. `passages` is a place for where they pass 0.
    #[inline(always)]
    fn find_passages(
        &self,
        [middle, gain]: [&[T]; 2],
        passages: &mut [T],
        (slopes, before): (&mut [T], &mut [u32]),
    ) {
        for (passage, (&middle, &gain)) in passages.iter_mut().zip(middle.iter().zip(gain)) {
            // A unit that gains nothing, be it −0, passes 0 at −∞ or ∞ as if it rose.
            *passage = -middle / if gain < T::ZERO { gain } else { gain.abs() };
        }
        before.fill(0);
        let mut taus = self.taus.chunks_exact(TOGETHER);
        for taus in &mut taus {
            for (before, &passage) in before.iter_mut().zip(&*passages) {
                for &tau in taus {
                    *before += u32::from(tau < passage);
                }
            }
        }
        for &tau in taus.remainder() {
            for (before, &passage) in before.iter_mut().zip(&*passages) {
                *before += u32::from(tau < passage);
            }
        }
        let ([below, above], all) = (self.slopes, self.taus.len() as u32);
        for ((slope, before), &gain) in slopes.iter_mut().zip(before).zip(gain) {
            let is_below = (gain < T::ZERO) == (*before == 0);
            *slope = if is_below { below } else { above };
            *before = if *before == all { 0 } else { *before };
        }
    }
}

impl<T: Real> Trail<T> {
    /// The first layer's sums on a line, rows × units with a stride of whole vectors; `place` has room for units × lanes.
    fn find_sums(&mut self, portion: &Portion<T>, line: &Line<T>, units: usize, place: &mut [T]) {
        let (lanes, len, width) = (
            portion.lanes,
            portion.first[0].len(),
            Seen::<T>::padded(units),
        );
        let place = &mut place[..len];
        for sums in [&mut self.middle, &mut self.gain] {
            sums.make_room(portion.rows * width);
        }
        portion.move_first(line.middle, 0, place);
        turn(place, lanes, &mut self.middle, width, (units, portion.rows));
        let (half, direction) = (T::of(line.half), &portion.first[1]);
        vectorized(
            #[inline(always)]
            || {
                for (gain, &direction) in place.iter_mut().zip(&direction[..]) {
                    *gain = half * direction;
                }
            },
        );
        turn(place, lanes, &mut self.gain, width, (units, portion.rows));
    }

    /// Lists what happens to each row. Without branches: no one can foretell where a unit goes.
    fn find_events(&mut self, rows: usize, units: usize, line: &Line<T>) {
        let (width, points) = (Seen::<T>::padded(units), line.taus.len());
        self.passages.resize(width, T::ZERO);
        self.slopes.resize(width, T::ZERO);
        self.before.resize(width, 0);
        self.passing.resize(width, 0);
        self.events.resize(2 * units * rows, Event::default());
        self.starts.resize((points + 1) * rows, 0);
        for row in 0..rows {
            let middle = &self.middle[row * width..][..width];
            let gain = &self.gain[row * width..][..width];
            let passages = &mut self.passages[..width];
            let (slopes, before) = (&mut self.slopes[..width], &mut self.before[..width]);
            vectorized(
                #[inline(always)]
                || line.find_passages([middle, gain], passages, (slopes, before)),
            );
            let event = |unit: usize, slope: T| Event {
                unit: unit as u32,
                middle: slope * middle[unit],
                gain: slope * gain[unit],
            };
            let events = &mut self.events[2 * units * row..][..2 * units];
            let (mut count, mut passing) = (0, 0);
            for (unit, (&slope, &before)) in slopes.iter().zip(&*before).take(units).enumerate() {
                events[count] = event(unit, slope);
                count += usize::from(slope != T::ZERO);
                self.passing[passing] = unit as u32;
                passing += usize::from(before != 0);
            }
            let starts = &mut self.starts[(points + 1) * row..][..=points];
            starts.fill(0);
            let passing = &self.passing[..passing];
            for &unit in passing {
                starts[before[unit as usize] as usize] += 1;
            }
            // Where the events of each point end; they are put in from there down to where they begin.
            for start in &mut starts[1..] {
                count += *start;
                *start = count;
            }
            let change = line.slopes[1] - line.slopes[0];
            for &unit in passing {
                let unit = unit as usize;
                let start = &mut starts[before[unit] as usize];
                *start -= 1;
                // A unit that rises was below 0 before.
                let is_below = slopes[unit] == line.slopes[0];
                events[*start] = event(unit, [-change, change][usize::from(is_below)]);
            }
        }
    }

    /// Before the first point, where no unit has come in yet.
    fn begin(&mut self, rows: usize, [at_middle, gain]: &[Across<T>; 2]) {
        let width = at_middle.bias.len();
        self.polynomials.make_room(3 * width * rows);
        self.sums.make_room(AT_ONCE * width * rows);
        for polynomials in self.polynomials[..3 * width * rows].chunks_exact_mut(3 * width) {
            let (c0, rest) = polynomials.split_at_mut(width);
            let (c1, c2) = rest.split_at_mut(width);
            c0.copy_from_slice(&at_middle.bias);
            c1.copy_from_slice(&gain.bias);
            c2.fill(T::ZERO);
        }
    }
}

impl<T: Real> Portion<T> {
    /// Σ loss and Σ loss² at each point of a line.
    pub(super) fn follow(
        &mut self,
        (network, loss): (&Network, &dyn Loss),
        line: &Line<T>,
        places: &mut Places<T>,
    ) {
        let (rows, second) = (self.rows, &network.layers[1]);
        let trail = &mut places.trail;
        places.sums.make_room(self.first[0].len());
        trail.find_sums(self, line, second.inputs, &mut places.sums);
        trail.find_events(rows, second.inputs, line);
        trail.begin(rows, &line.second);
        self.sums.resize(line.taus.len(), [0.0; 2]);
        let (count, width) = (line.taus.len(), line.second[0].bias.len());
        for first in (0..count).step_by(AT_ONCE) {
            let points = first..count.min(first + AT_ONCE);
            T::walk(Walk {
                line,
                trail: &mut places.trail,
                rows,
                units: second.inputs,
                points: points.clone(),
            });
            for (at, point) in points.enumerate() {
                let sums = &places.trail.sums[at * rows * width..];
                turn(
                    sums,
                    width,
                    &mut places.z,
                    self.lanes,
                    (rows, second.outputs),
                );
                let later = &line.later[point];
                self.sums[line.order[point]] =
                    self.climb(network, loss, later, (&mut places.a, &mut places.z));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use pulp::Arch;

    use super::super::super::Architecture;
    use super::super::super::kernel::tests::{numbers, widths};
    use super::*;
    use crate::network::labels::Labels;

    /// The sums of the second layer, points × rows × sums with what fills whole vectors.
    fn sums<T: Real>(arch: Arch, outputs: usize, points: &[[f64; 2]]) -> (Vec<T>, Vec<f64>) {
        let (units, rows, lanes) = (13, 9, 16);
        let shape = Architecture {
            hidden: vec![units as u64, outputs as u64],
            activation: "leaky_relu:slope=0.25".into(),
            ..Architecture::default()
        };
        let network = Network::new(3, 2, &shape).unwrap();
        let vectors = [1, 2, 3].map(|seed| numbers::<T>(network.layout.len(), seed));
        let frame = Frame {
            origin: &vectors[0],
            directions: &[&vectors[1], &vectors[2]],
        };
        let first = [4, 5, 6].map(|seed| numbers::<T>(units * lanes, seed));
        let lines = first.iter().map(|first| {
            let mut lines = Lines::new(T::ZERO, first.len());
            lines.copy_from_slice(first);
            lines
        });
        let portion = Portion {
            rows,
            lanes,
            first: lines.collect(),
            labels: Labels::new(0, 0),
            sums: Vec::new(),
        };
        let line = Line::new(&network, &frame, points);
        let mut trail = Trail::default();
        trail.find_sums(&portion, &line, units, &mut vec![T::ZERO; units * lanes]);
        trail.find_events(rows, units, &line);
        trail.begin(rows, &line.second);
        Walk {
            line: &line,
            trail: &mut trail,
            rows,
            units,
            points: 0..points.len(),
        }
        .compute_on(arch);
        let mut wanted = Vec::new();
        for &index in &line.order {
            let [alpha, beta] = points[index];
            let at = |of: [&[T]; 3], i: usize| {
                let [origin, first, second] = of.map(|of| of[i].to_f64());
                origin + alpha * first + beta * second
            };
            let (weight, bias) = (3 * units + units, 3 * units + units + units * outputs);
            for (row, output) in (0..rows * outputs).map(|i| (i / outputs, i % outputs)) {
                let parts = (0..units).map(|unit| {
                    let z = at([&first[0], &first[1], &first[2]], unit * lanes + row);
                    let a = if z > 0.0 { z } else { 0.25 * z };
                    a * at(
                        vectors.each_ref().map(|v| &v[..]),
                        weight + output * units + unit,
                    )
                });
                let sum: f64 = parts.sum();
                wanted.push(sum + at(vectors.each_ref().map(|v| &v[..]), bias + output));
            }
        }
        let width = Seen::<T>::padded(outputs);
        let found = trail.sums[..points.len() * rows * width].chunks_exact(width);
        let found = found.flat_map(|sums| sums[..outputs].iter().copied());
        (found.collect(), wanted)
    }

    /// The bits do not depend on the width of vectors, and the sums are those of the formula at each point by itself.
    #[test]
    fn sums_on_a_line_are_those_of_its_points_on_every_width() {
        fn check<T: Real>() {
            let points: Vec<[f64; 2]> = [0.5, -1.0, 0.0, 0.75, -0.3, 1.25, 0.0, 0.1]
                .map(|alpha| [alpha, 0.7])
                .to_vec();
            for outputs in [1, 5, 37, 100] {
                let (expected, wanted) = sums::<T>(Arch::Scalar, outputs, &points);
                assert_eq!(expected.len(), wanted.len());
                let size = wanted.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                for (&found, wanted) in expected.iter().zip(&wanted) {
                    // 13 units come and go: some sums of some 26 terms, none much larger than the largest sum.
                    let error = (found.to_f64() - wanted).abs() / size;
                    assert!(error < 30.0 * T::EPSILON.to_f64(), "{outputs}: {error:e}");
                }
                for arch in widths() {
                    assert!(
                        sums::<T>(arch, outputs, &points).0 == expected,
                        "{arch:?} {outputs}"
                    );
                }
            }
        }
        check::<f32>();
        check::<f64>();
    }
}
