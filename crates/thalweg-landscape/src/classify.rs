//! What kind of place a point is, and the numbers that say so. Every threshold is a ratio: the same surface in other
//! units of the loss is the same kind of place.

use thalweg_core::Real;
use thalweg_core::objective::Curvature;

use crate::Error;
use crate::dense::{Dense, Inertia, tridiagonal};
use crate::lanczos::{Ends, Lanczos, Ritz, Walk};
use crate::operator::CurvatureAt;
use crate::surface::Surface;
use crate::vector::{gaussian, norm, normalize};
use crate::witness::{Witness, steps, verify};

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// There is loss to be had along the gradient.
    Slope,
    /// Neither slope nor curvature can bring any of the loss that is left, as far as the parameters are large.
    Plateau,
    /// The gradient is small and lies where nothing bends, so that what looks for critical points stops here; but it is
    /// none.
    GradientFlat,
    /// The gradient vanishes and the surface bends down in some directions: the index says how many, where all
    /// eigenvalues are known.
    StrictSaddle,
    /// Gradient and Hessian both vanish, and yet it goes down from here.
    DegenerateSaddle,
    /// The gradient vanishes and no direction was found in which the surface bends down.
    MinimumLike,
    /// The gradient vanishes and the surface bends down in all directions.
    Maximum,
    /// The gradient points across a valley, while what is left lies along it.
    Ravine,
    /// The curvature is about the largest that the rule can stand.
    EdgeOfStability,
}

/// How to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The lowest loss that there could be.
    pub floor: f64,
    /// The share of the loss left that counts as something.
    pub tolerance: f64,
    /// How far a change of the parameters may reach; none for their own length.
    pub radius: Option<f64>,
    /// The curvature that the rule which trains can stand along each parameter
    /// ([`thalweg_core::descent::Descent::thresholds`]).
    pub thresholds: Option<Vec<f64>>,
    /// Parameters up to which all eigenvalues are found.
    pub exact: usize,
    /// For the ends of the spectrum of more.
    pub lanczos: Lanczos,
}

impl Default for Look {
    fn default() -> Self {
        Look {
            floor: 0.0,
            tolerance: 1e-3,
            radius: None,
            thresholds: None,
            exact: 500,
            lanczos: Lanczos::default(),
        }
    }
}

/// A point with all that its kind was decided by.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What it is.
    pub kind: Kind,
    /// L.
    pub loss: f64,
    /// L − floor.
    pub left: f64,
    /// How far a change of the parameters was taken to reach.
    pub radius: f64,
    /// ‖g‖.
    pub gradient: f64,
    /// How much lower the loss gets along the gradient.
    pub gain: f64,
    /// How much lower it would get by Newton's method with |H|, ½ gᵀ |H|⁻¹ g: what the bends allow, however narrow.
    pub newton_gain: f64,
    /// The lowest and the highest eigenvalue, with residuals and vectors.
    pub ends: Ends,
    /// What an eigenvalue must exceed to be told from 0.
    pub noise: f64,
    /// How many eigenvalues are below, at and above 0, where all of them are known.
    pub inertia: Option<Inertia>,
    /// ‖H g‖ / (|λ| ‖g‖) with the largest eigenvalue by size: near 0 where the gradient lies in directions that do not bend.
    pub flatness: f64,
    /// The share of ‖g‖² in directions that bend at least half as much as the sharpest.
    pub top_share: f64,
    /// The largest eigenvalue over the smallest that the gradient has a part in.
    pub condition: f64,
    /// The direction that bends down, if there is one.
    pub witness: Option<Witness>,
    /// The curvature over what the rule can stand; above 1 its steps grow. None where nothing is known of the rule.
    pub load: Option<f64>,
    /// Whether a lower place was found by looking around at random; looked for only where gradient and Hessian vanish.
    pub falls_around: bool,
}

/// What the Lanczos walk from the gradient tells of it.
struct Gradient {
    length: f64,
    newton_gain: f64,
    flatness: f64,
    top_share: f64,
    condition: f64,
}

/// Says what kind of place a point is.
///
/// # Errors
/// A loss, gradient or curvature that is not finite.
pub fn classify<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    look: &Look,
) -> Result<Point, Error> {
    surface.check("the point", at)?;
    let mut g = vec![0.0; at.len()];
    let loss = surface.gradient(at, &mut g);
    if !(loss.is_finite() && norm(&g).is_finite()) {
        return Err(Error::NotFinite {
            what: "the loss or its gradient",
        });
    }
    let own = norm(at);
    let radius = look.radius.unwrap_or(if own > 0.0 { own } else { 1.0 });
    let (ends, inertia, noise) = spectrum(surface, at, look)?;
    let gradient = along_gradient(surface, at, &g, ends.largest(), noise)?;
    let size = loss.abs() + (loss - look.floor).abs() + ends.largest() * radius * radius;
    let rounding = 8.0 * surface.precision() * size;
    let mut point = Point {
        kind: Kind::Slope,
        loss,
        left: (loss - look.floor).max(0.0),
        radius,
        gradient: gradient.length,
        gain: gain(surface, at, &g, loss, (ends.largest(), radius)),
        newton_gain: gradient.newton_gain,
        noise,
        inertia,
        flatness: gradient.flatness,
        top_share: gradient.top_share,
        condition: gradient.condition,
        witness: None,
        load: None,
        falls_around: false,
        ends,
    };
    if let Some(thresholds) = &look.thresholds {
        let operator = CurvatureAt::new(surface, at, Curvature::Hessian)?;
        let mut operator = operator.preconditioned(thresholds)?;
        point.load = Some(look.lanczos.ends(&mut operator)?.highest.value);
    }
    if point.ends.lowest.value < -noise {
        point.witness = Some(verify(surface, at, &point.ends.lowest, radius)?);
    }
    let bends = point.ends.largest() * radius * radius;
    if point.gradient * radius <= rounding && bends <= rounding {
        point.falls_around = falls_around(surface, at, loss, radius);
    }
    point.kind = decide(&point, look.tolerance, rounding);
    Ok(point)
}

/// The rules, first come first served.
fn decide(point: &Point, tolerance: f64, rounding: f64) -> Kind {
    let something = tolerance * point.left + rounding;
    let bends = point.ends.largest() * point.radius * point.radius;
    if point.gradient * point.radius <= something && bends <= something {
        return if point.falls_around {
            Kind::DegenerateSaddle
        } else {
            Kind::Plateau
        };
    }
    let may_fall = point.gradient * point.radius > something;
    if may_fall && point.gain <= something && point.flatness <= 1e-3 {
        return Kind::GradientFlat;
    }
    let is_saddle = |w: &Witness| w.is_confirmed && w.potential > something;
    let is_still = point.gain <= something && point.newton_gain.min(point.left) <= something;
    if is_still || (point.gain <= something && point.witness.as_ref().is_some_and(is_saddle)) {
        return match (&point.witness, point.inertia) {
            (Some(_), Some(inertia)) if inertia.zero + inertia.positive == 0 => Kind::Maximum,
            (Some(witness), _) if is_saddle(witness) => Kind::StrictSaddle,
            _ => Kind::MinimumLike,
        };
    }
    if point.load.is_some_and(|load| (0.9..=1.2).contains(&load)) {
        return Kind::EdgeOfStability;
    }
    if point.condition >= 100.0 && point.top_share >= 0.5 && point.newton_gain > 10.0 * point.gain {
        return Kind::Ravine;
    }
    Kind::Slope
}

/// Both ends of the spectrum, all signs if there are few, and what an eigenvalue must exceed to count.
fn spectrum<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    look: &Look,
) -> Result<(Ends, Option<Inertia>, f64), Error> {
    let precision = surface.precision();
    let relative = (at.len() as f64 * precision).max(1e-2 * precision.sqrt());
    let mut operator = CurvatureAt::new(surface, at, Curvature::Hessian)?;
    if at.len() > look.exact {
        let ends = look.lanczos.ends(&mut operator)?;
        let noise = relative * ends.largest() + ends.lowest.residual;
        return Ok((ends, None, noise));
    }
    let dense = Dense::of(&mut operator)?;
    let eigen = dense.eigen()?;
    let ritz = |k: usize| Ritz {
        value: eigen.values[k],
        residual: 0.0,
        vector: eigen.vectors[k].clone(),
    };
    let ends = Ends {
        lowest: ritz(0),
        highest: ritz(at.len() - 1),
        products: at.len(),
        has_converged: true,
        unseen: Some(0.0),
    };
    let noise = relative * ends.largest();
    let spectrum = crate::dense::Spectrum {
        eigenvalues: eigen.values,
        tolerance: noise,
    };
    let inertia = spectrum.inertia(noise);
    Ok((ends, Some(inertia), noise))
}

/// The gradient in terms of the curvature: Lanczos from the gradient itself, whose nodes have the shares of ‖g‖².
fn along_gradient<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    g: &[f64],
    largest: f64,
    noise: f64,
) -> Result<Gradient, Error> {
    let length = norm(g);
    if length == 0.0 || largest == 0.0 {
        return Ok(Gradient {
            length,
            newton_gain: 0.0,
            flatness: 0.0,
            top_share: 0.0,
            condition: 1.0,
        });
    }
    let mut operator = CurvatureAt::new(surface, at, Curvature::Hessian)?;
    let mut walk = Walk::new(&mut operator, g.to_vec(), 20.min(at.len()));
    while walk.alphas.len() < 20.min(at.len()) && !walk.is_closed {
        walk.step()?;
    }
    let eigen = tridiagonal(&walk.alphas, &walk.betas)?;
    let nodes = || {
        eigen
            .values
            .iter()
            .zip(&eigen.vectors)
            .map(|(&e, s)| (e, s[0] * s[0]))
    };
    let bent: f64 = nodes().map(|(e, w)| w * e * e).sum();
    let smallest = nodes().filter(|&(e, w)| w > 1e-6 && e.abs() > noise);
    let smallest = smallest.map(|(e, _)| e.abs()).fold(largest, f64::min);
    let newton = nodes()
        .filter(|(e, _)| e.abs() > noise)
        .map(|(e, w)| w / e.abs());
    Ok(Gradient {
        length,
        newton_gain: 0.5 * length * length * newton.sum::<f64>(),
        flatness: bent.sqrt() / largest,
        top_share: nodes()
            .filter(|(e, _)| *e >= 0.5 * largest)
            .map(|(_, w)| w)
            .sum(),
        condition: largest / smallest,
    })
}

/// How much lower the loss gets along the negative gradient, for steps around the one that the curvature suggests, and
/// within the radius. Much longer ones would tell of other places than this one.
fn gain<T: Real>(
    surface: &mut Surface<'_, T>,
    at: &[f64],
    g: &[f64],
    loss: f64,
    (largest, radius): (f64, f64),
) -> f64 {
    let mut down: Vec<f64> = g.iter().map(|g| -g).collect();
    let length = normalize(&mut down);
    if length == 0.0 {
        return 0.0;
    }
    let near = if largest > 0.0 {
        length / largest
    } else {
        radius
    };
    let tried = [0.25, 0.5, 1.0, 2.0, 4.0].map(|k| [(k * near).min(radius), 0.0]);
    let values = surface.section(at, &[&down], &tried);
    let drops = values.iter().map(|section| loss - section.mean);
    drops.fold(0.0, f64::max)
}

/// Whether some random direction leads to a lower place within the radius.
fn falls_around<T: Real>(surface: &mut Surface<'_, T>, at: &[f64], loss: f64, radius: f64) -> bool {
    let threshold = loss - 8.0 * surface.precision() * loss.abs();
    (0..16).any(|draw| {
        let mut v = gaussian(at.len(), 0, 1000 + draw);
        normalize(&mut v);
        let points: Vec<_> = steps(radius).flat_map(|t| [[t, 0.0], [-t, 0.0]]).collect();
        let values = surface.section(at, &[&v], &points);
        values.iter().any(|section| section.mean < threshold)
    })
}
