//! The matrix products of a training step with Rust's libraries: variants `gemm` and `faer`.

mod multiply;

use multiply::{Library, multiply};
use peer::{Job, Kind, Run, Session};

fn main() {
    peer::serve(|job, session| match job.kind {
        Kind::Products => products(job, session),
        _ => Err("here are only products".into()),
    });
}

/// A matrix in a slice: row and column strides come with each product.
struct Product {
    /// c is m × n; the factors are m × k and k × n.
    m: usize,
    n: usize,
    k: usize,
    a: Vec<f32>,
    /// Strides of rows and columns.
    a_strides: (usize, usize),
    b: Vec<f32>,
    b_strides: (usize, usize),
    c: Vec<f32>,
}

struct Products {
    library: Library,
    threads: usize,
    products: Vec<Product>,
}

impl Run for Products {
    fn call(&mut self) {
        for product in &mut self.products {
            multiply(self.library, self.threads, product);
        }
    }

    fn value(&mut self) -> f64 {
        let all = self.products.iter().flat_map(|product| &product.c);
        all.map(|&it| f64::from(it)).sum()
    }
}

/// For each layer Z = A W and G = Aᵀ D, and for all but the first D' = D Wᵀ; all row-major.
fn products(job: &Job, session: &mut Session) -> Result<(), String> {
    let library = match &*job.variant {
        "gemm" => Library::Gemm,
        "faer" => Library::Faer,
        other => return Err(format!("there is no variant {other}")),
    };
    let batch = job.batch;
    let numbers = |count: usize| -> Vec<f32> {
        (0..count)
            .map(|i| (i * 37 % 101) as f32 / 101.0 - 0.5)
            .collect()
    };
    let product = |m, n, k, a_strides, b_strides| Product {
        m,
        n,
        k,
        a: numbers(m * k),
        a_strides,
        b: numbers(k * n),
        b_strides,
        c: vec![0.0; m * n],
    };
    let mut all = Vec::new();
    for (index, pair) in job.layers.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        all.push(product(batch, outputs, inputs, (inputs, 1), (outputs, 1)));
        all.push(product(inputs, outputs, batch, (1, inputs), (outputs, 1)));
        if index > 0 {
            all.push(product(batch, inputs, outputs, (outputs, 1), (1, outputs)));
        }
    }
    session.measure(&mut Products {
        library,
        threads: job.threads,
        products: all,
    });
    Ok(())
}
