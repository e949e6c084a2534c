//! Every vector width gives the same bits: no rule's arithmetic is fused or reordered, so the bound on the difference
//! between the scalar path and the one chosen at run time is 0.

#![allow(clippy::unwrap_used)]

use crate::common::variants;
use pulp::Arch;
use thalweg_core::Real;
use thalweg_core::optimizer::{Now, Optimizer, Piece, State};
use thalweg_core::team::Team;

/// Every width that this machine has, beside the scalar path.
fn widths() -> Vec<Arch> {
    let mut widths = vec![Arch::new()];
    #[cfg(target_arch = "x86_64")]
    {
        widths.extend(pulp::x86::V3::try_new().map(Arch::V3));
        widths.extend(pulp::x86::V4::try_new().map(Arch::V4));
    }
    widths
}

/// Values of all sizes and both signs, with zeros, at some place of a sequence.
fn value<T: Real>(at: usize) -> T {
    let size = 10.0_f64.powi((at % 7) as i32 - 4);
    T::of(if at % 11 == 3 {
        0.0
    } else {
        (at as f64 * 1.7).sin() * size
    })
}

/// Where three steps of a rule lead with the instructions of one width.
fn steps<T: Real>(arch: Arch, rule: &dyn Optimizer, n: usize) -> (Vec<T>, State<T>) {
    let (mut p, mut state) = ((0..n).map(value).collect::<Vec<T>>(), State::new(rule, n));
    for step in 1..=3 {
        let g: Vec<T> = (0..n).map(|at| value(31 * step + at)).collect();
        let piece = Piece::vector(n, true);
        state.advance(rule);
        if rule.gathers() {
            let sums = state.gather(&Team::default(), rule, 0..n, piece, &p, &g);
            state.settle(rule, sums);
        }
        let State {
            t,
            scalars,
            buffers,
        } = &mut state;
        let now = Now {
            t: *t,
            scalars,
            piece,
        };
        let mut slices: Vec<&mut [T]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
        T::update(rule).update_on(arch, now, &mut p, &g, &mut slices);
    }
    (p, state)
}

/// Bits, so that NaN equals itself and −0 does not equal 0.
fn bits<T: Real>((p, state): (Vec<T>, State<T>)) -> Vec<u64> {
    let all = p.into_iter().chain(state.buffers.into_iter().flatten());
    all.map(|x| x.to_f64().to_bits()).collect()
}

fn widths_agree<T: Real>() {
    let widths = widths();
    for rule in variants() {
        // All remainders of the widest register, in f32 twice unrolled and more; and many registers.
        for n in (1..=70).chain([1000]) {
            let scalar = bits(steps::<T>(Arch::Scalar, &*rule, n));
            for &width in &widths {
                assert_eq!(
                    bits(steps::<T>(width, &*rule, n)),
                    scalar,
                    "{} {:?} with {n} parameters on {width:?}",
                    rule.card().name,
                    rule.dump()
                );
            }
        }
    }
}

#[test]
fn every_width_gives_the_bits_of_the_scalar_path_in_f32() {
    widths_agree::<f32>();
}

#[test]
fn every_width_gives_the_bits_of_the_scalar_path_in_f64() {
    widths_agree::<f64>();
}

#[test]
fn the_width_chosen_at_run_time_is_the_widest() {
    let chosen = format!("{:?}", Arch::new());
    let widest = widths().last().map(|width| format!("{width:?}"));
    assert_eq!(Some(chosen), widest);
}
