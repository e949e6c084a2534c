//! Nine networks of which PyTorch has computed values, gradients, products and trainings in f64.

#![allow(clippy::unwrap_used)]

use serde_json::Value as Json;
use thalweg_core::loss::{self, Loss, Purpose, Targets};
use thalweg_core::network::{Architecture, Examples, Features, Network};

/// A network with its 24 rows.
pub(crate) struct Case {
    /// Its activation and its loss.
    pub(crate) name: String,
    pub(crate) network: Network,
    pub(crate) loss: Box<dyn Loss>,
    /// All that PyTorch says of it.
    pub(crate) json: Json,
    features: Vec<f64>,
    values: Vec<f64>,
    classes: Vec<u32>,
}

/// All nine.
pub(crate) fn cases() -> Vec<Case> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/reference/networks.json"
    );
    let json: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = json["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    cases.iter().map(Case::new).collect()
}

/// The numbers of an array of arrays, one after another.
pub(crate) fn floats(json: &Json) -> Vec<f64> {
    match json {
        Json::Array(items) => items.iter().flat_map(floats).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

impl Case {
    fn new(json: &Json) -> Case {
        let name = format!("{} {}", json["activation"], json["loss"]);
        let sizes: Vec<u64> = floats(&json["layer_sizes"])
            .iter()
            .map(|&n| n as u64)
            .collect();
        let [width, .., outputs] = sizes[..] else {
            panic!("{name}: sizes")
        };
        let architecture = Architecture {
            hidden: sizes[1..sizes.len() - 1].to_vec(),
            activation: json["activation"].as_str().unwrap().into(),
            dropout: 0.0,
            ..Architecture::default()
        };
        let loss = match json["loss"].as_str().unwrap() {
            "softmax_cross_entropy" => "softmax_cross_entropy",
            "mean_squared_error" => "mean_squared",
            "binary_cross_entropy_with_logits" => "binary_cross_entropy",
            other => panic!("unknown loss {other}"),
        };
        let values = floats(&json["targets"]);
        Case {
            network: Network::new(width as usize, outputs as usize, &architecture).unwrap(),
            loss: (loss::ALL.find(loss).unwrap().build)(),
            features: floats(&json["inputs"]),
            classes: values.iter().map(|&y| y as u32).collect(),
            values,
            json: json.clone(),
            name,
        }
    }

    /// Its rows.
    pub(crate) fn examples(&self) -> Examples<'_, f64> {
        let targets = match self.loss.purpose() {
            Purpose::Numbers => Targets::Values {
                values: &self.values,
                width: self.network.outputs(),
            },
            _ => Targets::Classes(&self.classes),
        };
        Examples {
            features: Features::Dense(&self.features),
            width: self.network.inputs(),
            targets,
            weights: None,
        }
    }
}
