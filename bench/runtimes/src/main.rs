//! Times of the two shipped networks, folded, in one of the runtimes: `bonafide-bench-runtimes RUNTIME FOLDER RUNS`.
//!
//! FOLDER holds what `bench/peer.py` has written there: the folded graphs, their inputs as raw floats, and the embedding
//! that onnxruntime gives for the same input. Prints one line for `bench/runtimes/run.sh`: the runtime's name, YuNet p50
//! and min, SFace p50 and min, all in milliseconds, and the cosine to onnxruntime's embedding.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ALLOCATOR_NAME: &str = if cfg!(feature = "mimalloc") { "mimalloc" } else { "the system's allocator" };

/// Runs before the first time counts.
const WARM_UP_RUNS: usize = 3;

/// One loaded network with its input: gives the first output.
type Network = Box<dyn Fn() -> Result<Vec<f32>, Box<dyn Error>>>;

/// Batch, channels, height, width.
type Shape = [usize; 4];

const NETWORKS: [(&str, Shape); 2] = [("yunet", [1, 3, 192, 320]), ("sface", [1, 3, 112, 112])];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, folder, runs] = args.as_slice() else {
        return Err("usage: bonafide-bench-runtimes rten|tract FOLDER RUNS".into());
    };
    let (folder, runs) = (Path::new(folder), runs.parse::<usize>()?.max(1));
    let mut fields = Vec::new();
    let mut output = Vec::new();
    for (name, shape) in NETWORKS {
        let input = floats(&folder.join(format!("{name}.f32")))?;
        let network = load(runtime, &folder.join(format!("{name}.onnx")), shape, input)?;
        for _ in 0..WARM_UP_RUNS {
            output = network()?;
        }
        let mut times_ms = Vec::with_capacity(runs);
        for _ in 0..runs {
            let start = Instant::now();
            output = network()?;
            times_ms.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times_ms.sort_by(f64::total_cmp);
        fields.push(format!("{:.3}\t{:.3}", times_ms[runs.div_ceil(2) - 1], times_ms[0]));
    }
    let similarity = cosine(&output, &floats(&folder.join("sface.expected.f32"))?);
    println!("{}, {ALLOCATOR_NAME} (Rust)\t{}\t{similarity:.7}", version(runtime), fields.join("\t"));
    Ok(())
}

fn version(runtime: &str) -> &'static str {
    if runtime == "rten" { "rten 0.27.0" } else { "tract 0.23.9" }
}

fn load(runtime: &str, path: &Path, shape: Shape, input: Vec<f32>) -> Result<Network, Box<dyn Error>> {
    match runtime {
        #[cfg(feature = "rten")]
        "rten" => in_rten::load(path, shape, input),
        #[cfg(feature = "tract")]
        "tract" => in_tract::load(path, shape, &input),
        _ => Err(format!("{runtime} was not built in").into()),
    }
}

fn floats(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[cfg(feature = "rten")]
mod in_rten {
    use std::sync::Arc;

    use rten::{Model, RunOptions, ThreadPool};
    use rten_tensor::NdTensor;
    use rten_tensor::prelude::*;

    use super::{Error, Network, Path, Shape};

    pub(super) fn load(path: &Path, shape: Shape, input: Vec<f32>) -> Result<Network, Box<dyn Error>> {
        let model = Model::load_file(path)?;
        let id = *model.input_ids().first().ok_or("no input")?;
        let outputs = model.output_ids().to_vec();
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let mut options = RunOptions::default();
        options.thread_pool = Some(pool);
        let input = NdTensor::from_data(shape, input);
        Ok(Box::new(move || {
            let found = model.run(vec![(id, input.view().into())], &outputs, Some(options.clone()))?;
            let first = found.into_iter().next().ok_or("no output")?;
            Ok(first.into_tensor::<f32>().ok_or("not floats")?.to_vec())
        }))
    }
}

#[cfg(feature = "tract")]
mod in_tract {
    use tract_onnx::prelude::*;

    use super::{Error, Network, Path, Shape};

    pub(super) fn load(path: &Path, shape: Shape, input: &[f32]) -> Result<Network, Box<dyn Error>> {
        let model = tract_onnx::onnx()
            .with_ignore_output_shapes(true)
            .model_for_path(path)?
            .with_input_fact(0, f32::fact(shape).into())?
            .into_optimized()?
            .into_runnable()?;
        let input = Tensor::from_shape(&shape, input)?;
        Ok(Box::new(move || {
            let found = model.run(tvec!(input.clone().into()))?;
            let first = found.first().ok_or("no output")?;
            Ok(first.to_plain_array_view::<f32>()?.iter().copied().collect())
        }))
    }
}
