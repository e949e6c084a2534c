//! candle's side of the comparison: variant `f32`, with the products of `gemm` in AVX-512 where there is.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{
    AdamW, Linear, Module as _, Optimizer, ParamsAdamW, SGD, VarBuilder, VarMap, linear, loss,
};
// Only its feature is wanted.
use gemm as _;
use peer::{Job, Kind, Order, Run, Session, Task};

fn main() {
    peer::serve(|job, session| match job.kind {
        Kind::Step => step(job, session),
        _ => Err("candle only takes steps here".into()),
    });
}

enum Rule {
    Adam(AdamW),
    Sgd(SGD),
}

struct Step {
    job: Job,
    x: Tensor,
    y: Tensor,
    layers: Vec<Linear>,
    rule: Rule,
    order: Order,
    loss: Option<Tensor>,
}

impl Step {
    fn new(job: &Job) -> std::result::Result<Step, String> {
        let (features, targets) = (job.features()?, job.task);
        let told = |error: candle_core::Error| error.to_string();
        let device = Device::Cpu;
        let x = Tensor::from_vec(features, (job.rows, job.inputs()), &device).map_err(told)?;
        let y = match targets {
            Task::Classes => Tensor::from_vec(job.classes()?, job.rows, &device),
            Task::Squares => Tensor::from_vec(job.targets()?, (job.rows, job.outputs()), &device),
        };
        let map = VarMap::new();
        let builder = VarBuilder::from_varmap(&map, DType::F32, &device);
        let pairs = job.layers.windows(2).enumerate();
        let layers = pairs.map(|(i, pair)| linear(pair[0], pair[1], builder.pp(i)));
        let layers = layers.collect::<Result<_>>().map_err(told)?;
        let rule = match job.task {
            Task::Classes => {
                let settings = ParamsAdamW {
                    lr: job.lr(),
                    weight_decay: 0.0,
                    ..ParamsAdamW::default()
                };
                AdamW::new(map.all_vars(), settings).map(Rule::Adam)
            }
            Task::Squares => SGD::new(map.all_vars(), job.lr()).map(Rule::Sgd),
        };
        Ok(Step {
            x,
            y: y.map_err(told)?,
            layers,
            rule: rule.map_err(told)?,
            order: Order::new(job.rows),
            loss: None,
            job: job.clone(),
        })
    }

    fn step(&mut self) -> Result<Tensor> {
        let rows = self.order.next(self.job.batch);
        let rows = Tensor::new(rows, &Device::Cpu)?;
        let (mut h, y) = (
            self.x.index_select(&rows, 0)?,
            self.y.index_select(&rows, 0)?,
        );
        for (index, layer) in self.layers.iter().enumerate() {
            h = layer.forward(&h)?;
            if index + 1 < self.layers.len() {
                h = h.relu()?;
            }
        }
        let loss = match self.job.task {
            Task::Classes => loss::cross_entropy(&h, &y)?,
            Task::Squares => loss::mse(&h, &y)?,
        };
        match &mut self.rule {
            Rule::Adam(rule) => rule.backward_step(&loss)?,
            Rule::Sgd(rule) => rule.backward_step(&loss)?,
        }
        Ok(loss)
    }
}

impl Run for Step {
    fn call(&mut self) {
        self.loss = Some(self.step().expect("shapes that fit"));
    }

    fn value(&mut self) -> f64 {
        let loss = self.loss.as_ref().and_then(|it| it.to_scalar::<f32>().ok());
        loss.map_or(f64::NAN, f64::from)
    }
}

fn step(job: &Job, session: &mut Session) -> std::result::Result<(), String> {
    session.measure(&mut Step::new(job)?);
    Ok(())
}
