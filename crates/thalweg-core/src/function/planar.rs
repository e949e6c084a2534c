//! Functions of two variables, as their authors write them; none of them is here.

use super::{Critical, Function, Kind};
use crate::spec::Spec;

/// A critical point of a function of two variables: where it is, the value there, and what it is.
pub type Stationary = ([f64; 2], f64, Kind);

/// A function of two variables. Every one is a [`Function`]; the eigenvalues are taken from its curvature.
pub trait Planar: Spec {
    /// See [`Function::start`].
    const START: [f64; 2];
    /// The value.
    fn height(&self, at: [f64; 2]) -> f64;
    /// The gradient: ∂f/∂x and ∂f/∂y.
    fn slope(&self, at: [f64; 2]) -> [f64; 2];
    /// The Hessian: ∂²f/∂x², ∂²f/∂x∂y and ∂²f/∂y².
    fn curvature(&self, at: [f64; 2]) -> [f64; 3];
    /// See [`Function::bounds`].
    fn frame(&self) -> [[f64; 2]; 2];
    /// See [`Function::critical`].
    fn stationary(&self) -> Vec<Stationary>;
}

impl<P: Planar> Function for P {
    fn dimension(&self) -> usize {
        2
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.height([x[0], x[1]])
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        g.copy_from_slice(&self.slope([x[0], x[1]]));
    }

    fn hessian(&self, x: &[f64], h: &mut [f64]) {
        let [xx, xy, yy] = self.curvature([x[0], x[1]]);
        h.copy_from_slice(&[xx, xy, xy, yy]);
    }

    fn start(&self) -> Vec<f64> {
        P::START.to_vec()
    }

    fn bounds(&self) -> Vec<[f64; 2]> {
        self.frame().to_vec()
    }

    fn critical(&self) -> Vec<Critical> {
        let complete = |(at, value, kind): Stationary| Critical {
            at: at.to_vec(),
            value,
            kind,
            eigenvalues: eigenvalues(self.curvature(at)).to_vec(),
        };
        self.stationary().into_iter().map(complete).collect()
    }
}

/// The eigenvalues of the matrix xx xy / xy yy, the smaller first.
fn eigenvalues([xx, xy, yy]: [f64; 3]) -> [f64; 2] {
    let middle = 0.5 * (xx + yy);
    let radius = (0.5 * (xx - yy)).hypot(xy);
    let large = middle + radius.copysign(middle);
    if large == 0.0 {
        return [0.0, 0.0];
    }
    // Their product is the determinant; middle − radius would lose the digits of a small one.
    let small = (xx * yy - xy * xy) / large;
    [large.min(small), large.max(small)]
}

#[cfg(test)]
mod tests {
    use super::eigenvalues;

    #[test]
    fn eigenvalues_have_their_sum_and_product() {
        // 3 ± 5, and a small one beside a large one: the determinant is 1e-6.
        assert_eq!(eigenvalues([3.0, 5.0, 3.0]), [-2.0, 8.0]);
        assert_eq!(eigenvalues([1e6, 0.0, 1e-12]), [1e-12, 1e6]);
        assert_eq!(eigenvalues([-4.0, 0.0, -1.0]), [-4.0, -1.0]);
        assert_eq!(eigenvalues([0.0, 2.0, 0.0]), [-2.0, 2.0]);
        assert_eq!(eigenvalues([0.0, 0.0, 0.0]), [0.0, 0.0]);
    }
}
