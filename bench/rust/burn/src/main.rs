//! Burn's side of the comparison: variants `flex` and `ndarray`, its two backends for processors.

#![recursion_limit = "256"]

use burn::module::Module;
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, SgdConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use peer::{Job, Kind, Order, Run, Session, Task};

fn main() {
    peer::serve(|job, session| match job.kind {
        Kind::Step => step(job, session),
        _ => Err("Burn only takes steps here".into()),
    });
}

#[derive(Module, Debug)]
struct Network {
    layers: Vec<Linear>,
}

impl Network {
    fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            if index + 1 < self.layers.len() {
                x = relu(x);
            }
        }
        x
    }
}

/// A step of a rule, whichever it is.
type Move = Box<dyn FnMut(Network, GradientsParams) -> Network>;
/// The loss of outputs for these rows.
type Cost = Box<dyn Fn(Tensor<2>, Tensor<1, Int>) -> Tensor<1>>;

struct Step {
    x: Tensor<2>,
    cost: Cost,
    rule: Move,
    network: Option<Network>,
    order: Order,
    batch: usize,
    device: Device,
    loss: Option<Tensor<1>>,
}

impl Run for Step {
    fn call(&mut self) {
        let rows = self.order.next(self.batch);
        let rows: Vec<i64> = rows.iter().map(|&row| i64::from(row)).collect();
        let rows = TensorData::new(rows, [self.batch]);
        let rows = Tensor::<1, Int>::from_data(rows, &self.device);
        let x = self.x.clone().select(0, rows.clone()).autodiff();
        let network = self.network.take().expect("a network after every step");
        let loss = (self.cost)(network.forward(x), rows);
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        self.network = Some((self.rule)(network, gradients));
        self.loss = Some(loss);
    }

    fn value(&mut self) -> f64 {
        let loss = self.loss.clone().map(Tensor::into_data);
        let loss = loss.and_then(|data| data.to_vec::<f32>().ok());
        loss.map_or(f64::NAN, |it| f64::from(it[0]))
    }
}

#[allow(deprecated)] // Burn would have its other backend used; both are measured.
fn device(job: &Job) -> Result<Device, String> {
    match &*job.variant {
        "flex" => Ok(Device::flex()),
        "ndarray" => Ok(Device::ndarray()),
        other => Err(format!("there is no variant {other}")),
    }
}

fn step(job: &Job, session: &mut Session) -> Result<(), String> {
    let device = device(job)?;
    let learning = device.clone().autodiff();
    let x = TensorData::new(job.features()?, [job.rows, job.inputs()]);
    let pairs = job.layers.windows(2);
    let layers = pairs.map(|pair| LinearConfig::new(pair[0], pair[1]).init(&learning));
    let lr = job.lr();
    let (cost, rule): (Cost, Move) = match job.task {
        Task::Classes => {
            let classes = job.classes()?.into_iter().map(i64::from).collect();
            let classes = TensorData::new::<i64, _>(classes, [job.rows]);
            let classes = Tensor::<1, Int>::from_data(classes, &device);
            let loss = CrossEntropyLossConfig::new().init(&learning);
            let mut rule = AdamConfig::new().with_epsilon(1e-8).init();
            (
                Box::new(move |out, rows| {
                    loss.forward(out, classes.clone().select(0, rows).autodiff())
                }),
                Box::new(move |network, gradients| rule.step(lr, network, gradients)),
            )
        }
        Task::Squares => {
            let targets = TensorData::new(job.targets()?, [job.rows, job.outputs()]);
            let targets = Tensor::<2>::from_data(targets, &device);
            let mut rule = SgdConfig::new().init();
            (
                Box::new(move |out, rows| {
                    let targets = targets.clone().select(0, rows).autodiff();
                    MseLoss::new().forward(out, targets, Reduction::Mean)
                }),
                Box::new(move |network, gradients| rule.step(lr, network, gradients)),
            )
        }
    };
    session.measure(&mut Step {
        x: Tensor::from_data(x, &device),
        cost,
        rule,
        network: Some(Network {
            layers: layers.collect(),
        }),
        order: Order::new(job.rows),
        batch: job.batch,
        device,
        loss: None,
    });
    Ok(())
}
