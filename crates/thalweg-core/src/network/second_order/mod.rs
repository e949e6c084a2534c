//! Second-order passes over a network: products of the Hessian and of the Gauss-Newton matrix with vectors, and what
//! the same passes tell of single rows. The loss alone: penalties belong to the objective.
//!
//! ```text
//! RZ[l] = V[l] A[l−1] + W[l] RA[l−1] + v[l]        RA[0] = 0, RA[l] = φ′(Z[l]) ⊙ RZ[l]
//! Rδ[L] = H_loss RZ[L] / n
//! Rδ[l] = (W[l+1]ᵀ Rδ[l+1] + V[l+1]ᵀ δ[l+1]) ⊙ φ′(Z[l]) + (W[l+1]ᵀ δ[l+1]) ⊙ φ″(Z[l]) ⊙ RZ[l]
//! H v = Σ rows  Rδ[l] A[l−1]ᵀ + δ[l] RA[l−1]ᵀ,  Σ rows  Rδ[l]
//! ```
//!
//! The R-operator is Pearlmutter's (1994, Fast Exact Multiplication by the Hessian). Without the terms that hold δ it
//! is the product of the Gauss-Newton matrix Jᵀ H_loss J (Schraudolph 2002). With piecewise linear activations φ″ is 0,
//! and H is the Hessian of the piece that the parameters lie on.

mod base;
mod last;
mod measures;
mod tangent;

use std::ops::Range;
use std::ptr;

use super::features::{Sparsity, sparsity};
use super::kernel::Share;
use super::panels::LANES;
use super::piece::{Piece, pieces};
use super::rows::Rows;
use super::sparse::Turned;
use super::{Engine, Examples, Layer, Network};
use crate::Real;
use crate::layer::Noise;
use crate::layout::Part;
use crate::loss::{Loss, Targets};
use crate::objective::Curvature;
use crate::team::Team;
use base::{Base, Source, multiply};
use last::{Last, is_same};
use tangent::{Scratch, Tangent};

/// Tiles whose products are summed together: memory for directions does not grow with the rows.
const SLAB: usize = 16;
/// Directions that go through a slab together.
const DIRECTIONS: usize = 8;
/// Bytes of bases that are kept, so that the next product at the same place does without them. Beyond, they are made
/// anew for every eight directions.
const KEPT: usize = 256 << 20;

/// Where a product is taken.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a, T> {
    /// The parameters.
    pub parameters: &'a [T],
    /// The rows that count.
    pub rows: &'a [u32],
    /// The masks; none for the function without noise.
    pub noise: Option<Noise>,
}

/// Second-order passes of one network with one loss over some examples; holds the buffers that they need, and what
/// they found at the last place.
pub struct SecondOrder<'n, T> {
    network: &'n Network,
    loss: &'n dyn Loss,
    team: &'n Team,
    examples: Examples<'n, T>,
    pieces: Vec<Piece>,
    bases: Vec<Base<T>>,
    tangents: Vec<Tangent<T>>,
    /// The first layer's part of directions, if the rows are sparse.
    turned: Vec<Turned<T>>,
    /// One for each thread.
    scratch: Vec<Scratch<T>>,
    /// [`KEPT`], but in tests.
    kept: usize,
    last: Last<T>,
}

impl<'n, T: Real> SecondOrder<'n, T> {
    /// For a network and a loss over these examples, on a team.
    pub fn new(
        network: &'n Network,
        loss: &'n dyn Loss,
        team: &'n Team,
        examples: Examples<'n, T>,
    ) -> SecondOrder<'n, T> {
        let pieces = pieces(&network.layout, network.layout.large_cuts(team.threads()));
        let scratch = (0..team.threads()).map(|_| Scratch::new(network, &pieces));
        let scratch = scratch.collect();
        SecondOrder {
            network,
            loss,
            team,
            examples,
            pieces,
            bases: Vec::new(),
            tangents: Vec::new(),
            turned: Vec::new(),
            scratch,
            kept: KEPT,
            last: Last::default(),
        }
    }

    /// Whether these are passes of this engine's network over the same examples. All of them are borrowed for `'n`, so
    /// what lies at the same place is the same.
    pub(crate) fn is_of(&self, engine: &Engine<'n, T>, examples: &Examples<'n, T>) -> bool {
        let same_targets = match (self.examples.targets, examples.targets) {
            (Targets::Classes(a), Targets::Classes(b)) => ptr::eq(a, b),
            (Targets::Values { values: a, .. }, Targets::Values { values: b, .. }) => ptr::eq(a, b),
            _ => false,
        };
        let same_weights = match (self.examples.weights, examples.weights) {
            (Some(a), Some(b)) => ptr::eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        // A loss without fields may lie where another one does; then their functions lie in two places.
        #[allow(ambiguous_wide_pointer_comparisons)]
        let same_loss = ptr::eq(self.loss, engine.loss());
        ptr::eq(self.network, engine.network())
            && same_loss
            && self.examples.features.is_at(&examples.features)
            && same_targets
            && same_weights
    }

    /// The products with each of the directions `v`, which lie one after another, into `out` likewise.
    pub fn products(&mut self, curvature: Curvature, place: &Place<'_, T>, v: &[T], out: &mut [T]) {
        let n = self.network.layout.len();
        assert!(
            v.len() == out.len() && v.len().is_multiple_of(n),
            "whole directions"
        );
        if place.rows.is_empty() {
            out.fill(T::ZERO);
            return;
        }
        self.arrive(place);
        let last = std::mem::take(&mut self.last);
        let several = DIRECTIONS * n;
        for (v, out) in v.chunks(several).zip(out.chunks_mut(several)) {
            let v = last.under_masks(v);
            self.turn(&last, &v);
            for slab in 0..place.rows.len().div_ceil(SLAB * LANES) {
                let tiles = self.slab(&last, slab);
                self.tangents(&last, &tiles, &v, curvature);
                self.sum(&tiles, curvature, slab > 0, out);
            }
            for out in out.chunks_mut(n) {
                multiply(out, &last.factors);
            }
        }
        self.last = last;
    }

    /// What bases are made from at a place.
    fn source<'a>(&self, last: &'a Last<T>) -> Source<'a, T>
    where
        'n: 'a,
    {
        Source {
            network: self.network,
            loss: self.loss,
            examples: self.examples,
            weights: last.turned.with(last.weights()),
            noise: last.noise,
            scale: T::ONE / T::of(last.rows.len() as f64),
        }
    }

    /// Goes to a place; where it is the last one, there is nothing to do.
    fn arrive(&mut self, place: &Place<'_, T>) {
        let last = &self.last;
        if last.rows == place.rows
            && last.noise == place.noise
            && is_same(&last.parameters, place.parameters)
        {
            return;
        }
        let mut last = std::mem::take(&mut self.last);
        last.parameters.clear();
        last.parameters.extend_from_slice(place.parameters);
        last.rows.clear();
        last.rows.extend_from_slice(place.rows);
        last.noise = place.noise;
        self.mask(&mut last);
        let sparsity = self.turn_weights(&mut last);
        let tiles = place.rows.len().div_ceil(LANES);
        let size = Base::<T>::size(self.network, sparsity.map_or(1.0, |it| it.density));
        last.is_kept = tiles * size * size_of::<T>() <= self.kept;
        if last.is_kept {
            self.fill(&last, &(0..tiles));
        }
        if self.team.is_stopped() {
            // Nobody has been there.
            last.rows.clear();
        }
        self.last = last;
    }

    /// Draws the masks of DropConnect, if there are any.
    fn mask(&self, last: &mut Last<T>) {
        last.factors.clear();
        last.masked.clear();
        let layers = &self.network.layers;
        let Some(noise) = last
            .noise
            .filter(|_| layers.iter().any(Layer::drops_weights))
        else {
            return;
        };
        last.factors.resize(last.parameters.len(), T::ONE);
        for (index, range) in self.network.layout.weights().enumerate() {
            if layers[index].drops_weights() {
                let dropconnect = &layers[index].dropconnect;
                dropconnect.fill(noise, index + 1, 0, &mut last.factors[range]);
            }
        }
        last.masked.extend_from_slice(&last.parameters);
        multiply(&mut last.masked, &last.factors);
    }

    /// Turns the first layer's weights, if the rows are sparse.
    fn turn_weights(&self, last: &mut Last<T>) -> Option<Sparsity> {
        let turned = std::mem::take(&mut last.turned);
        let features = (self.examples.features, self.examples.width);
        // Masks are of all features.
        let is_masked = last.noise.is_some() && self.network.input_dropout.rate > 0.0;
        let sparsity = if is_masked {
            None
        } else {
            sparsity(features, Rows::Listed(&last.rows))
        };
        last.turned = match sparsity {
            Some(sparsity) => {
                let (weights, _) = self.network.layout.layer(1, last.weights());
                turned.fill(self.team, weights, features.1, sparsity)
            }
            None => turned.off(),
        };
        sparsity
    }

    /// Turns the first layer's part of directions, if the rows are sparse.
    fn turn(&mut self, last: &Last<T>, v: &[T]) {
        let n = self.network.layout.len();
        let sparsity = last.turned.used().map(Turned::sparsity);
        for (index, v) in v.chunks(n).enumerate() {
            if self.turned.len() <= index {
                self.turned.push(Turned::default());
            }
            let turned = std::mem::take(&mut self.turned[index]);
            let (weights, _) = self.network.layout.layer(1, v);
            self.turned[index] = match sparsity {
                Some(sparsity) => turned.fill(self.team, weights, self.examples.width, sparsity),
                None => turned.off(),
            };
        }
    }

    /// Makes the bases of some tiles, into the first places.
    fn fill(&mut self, last: &Last<T>, tiles: &Range<usize>) {
        while self.bases.len() < tiles.len() {
            self.bases.push(Base::new(self.network));
        }
        let rows = &last.rows[tiles.start * LANES..last.rows.len().min(tiles.end * LANES)];
        let source = self.source(last);
        let operations = 4.0 * (rows.len() * self.network.layout.len()) as f64;
        let bases = &mut self.bases[..tiles.len()];
        self.team
            .each(operations, bases, &mut self.scratch, |_, index, base| {
                let part = index * LANES..rows.len().min((index + 1) * LANES);
                base.fill(&source, &rows[part], (tiles.start + index) * LANES);
            });
    }

    /// Sees to the bases of a slab; where they are.
    fn slab(&mut self, last: &Last<T>, slab: usize) -> Range<usize> {
        let tiles = last.rows.len().div_ceil(LANES);
        let tiles = slab * SLAB..tiles.min((slab + 1) * SLAB);
        if last.is_kept {
            return tiles;
        }
        self.fill(last, &tiles);
        0..tiles.len()
    }

    /// Takes the tiles along every direction: a tile with all of them, then the next.
    fn tangents(&mut self, last: &Last<T>, tiles: &Range<usize>, v: &[T], curvature: Curvature) {
        let n = self.network.layout.len();
        let count = v.len() / n;
        let parts = tiles.len() * count;
        while self.tangents.len() < parts {
            self.tangents.push(Tangent::new(self.network));
        }
        let source = self.source(last);
        let bases = &self.bases[tiles.clone()];
        let operations = 4.0 * (parts * LANES * n) as f64;
        let (tangents, scratch) = (&mut self.tangents[..parts], &mut self.scratch);
        let turned = &self.turned;
        self.team
            .each(operations, tangents, scratch, |scratch, part, tangent| {
                let (base, index) = (&bases[part / count], part % count);
                let direction = turned[index].with(&v[index * n..][..n]);
                tangent.fill(scratch, base, direction, &source, curvature);
            });
    }

    /// Sums what the tiles bring to each piece of each product.
    fn sum(&mut self, tiles: &Range<usize>, curvature: Curvature, adds: bool, out: &mut [T]) {
        let n = self.network.layout.len();
        let count = out.len() / n;
        let mut parts = Vec::with_capacity(self.pieces.len() * count);
        for (direction, mut rest) in out.chunks_mut(n).enumerate() {
            for piece in &self.pieces {
                let (here, behind) = rest.split_at_mut(piece.range().len());
                rest = behind;
                parts.push((direction, piece, here));
            }
        }
        let (bases, tangents) = (&self.bases[tiles.clone()], &self.tangents);
        let operations = 4.0 * (tiles.len() * count * LANES * n) as f64;
        let (parts, scratch) = (&mut parts[..], &mut self.scratch);
        self.team
            .each(operations, parts, scratch, |scratch, _, part| {
                let (direction, piece, out) = part;
                let place = (&mut scratch.wide[..], &mut **out, adds);
                let tangent = |tile: usize| {
                    let base = bases.get(tile)?;
                    Some((base, &tangents[tile * count + *direction]))
                };
                sum_piece(piece, curvature, tangent, place);
            });
    }
}

/// A piece of a product: Σ over tiles of Rδ Aᵀ + δ RAᵀ, or of Rδ.
fn sum_piece<'t, T: Real>(
    piece: &Piece,
    curvature: Curvature,
    tangent: impl Fn(usize) -> Option<(&'t Base<T>, &'t Tangent<T>)>,
    (wide, out, adds): (&mut [T], &mut [T], bool),
) {
    let layer = piece.layer;
    let first = |tile: usize| -> Option<Share<'t, T>> {
        let (base, tangent) = tangent(tile)?;
        Some(base.with_delta(layer, &tangent.delta[layer], &tangent.turned))
    };
    if piece.part == Part::Bias || layer == 0 || curvature == Curvature::GaussNewton {
        piece.sum(first, wide, out, adds);
        return;
    }
    let both = |index: usize| {
        if index.is_multiple_of(2) {
            return first(index / 2);
        }
        let (base, tangent) = tangent(index / 2)?;
        Some(base.with_seen(layer, &tangent.seen[layer - 1]))
    };
    piece.sum(both, wide, out, adds);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::MeanSquared;
    use crate::network::{Architecture, Features};

    #[test]
    fn bases_that_are_not_kept_give_the_same_bits() {
        let wave = |i: usize| (i as f64 * 0.7).sin();
        let rows = 2 * SLAB * LANES + 70;
        let features: Vec<f64> = (0..rows * 3).map(wave).collect();
        let values: Vec<f64> = (0..rows).map(|i| wave(i * i)).collect();
        let examples = Examples {
            features: Features::Dense(&features),
            width: 3,
            targets: Targets::Values {
                values: &values,
                width: 1,
            },
            weights: None,
        };
        let architecture = Architecture {
            hidden: vec![4],
            activation: "tanh".into(),
            ..Architecture::default()
        };
        let network = Network::new(3, 1, &architecture).expect("tanh exists");
        let (team, rows) = (Team::default(), (0..rows as u32).collect::<Vec<_>>());
        let parameters = network.initialize::<f64>(1);
        let place = Place {
            parameters: &parameters,
            rows: &rows,
            noise: None,
        };
        let v: Vec<f64> = (0..9 * parameters.len()).map(wave).collect();
        let measure = |kept: usize| {
            let mut passes = SecondOrder::new(&network, &MeanSquared, &team, examples);
            passes.kept = kept;
            let mut out = vec![0.0; v.len()];
            passes.products(Curvature::Hessian, &place, &v, &mut out);
            let mut norms = vec![0.0; rows.len()];
            passes.row_norms(&place, &mut norms);
            out.extend(norms);
            out.push(passes.gauss_newton_trace(&place));
            out
        };
        assert_eq!(measure(KEPT), measure(0));
    }
}
