"""The programs that Bonafide is measured against, on one thread and on the very same files.

    peer.py faces     OpenCV: JPEG decoding, and from a frame to a template (YuNet + alignCrop + SFace)
    peer.py gallery   faiss: exact search over signed bytes
    peer.py fold      writes a shipped weight file as a plain float graph, as crates/faces/src/fold.rs does in memory
    peer.py inputs    writes the networks' inputs, made of real pixels, as raw floats
    peer.py runtimes  onnxruntime and OpenCV on those inputs

Answers are JSON with the keys and the layout of `bonafide bench … --json`, or lines for bench/runtimes/run.sh.
"""

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path

# Read by the libraries when they are loaded, so before any of them is.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
RECOGNISER = "face_recognition_sface_2021dec_int8bq.onnx"

# The frame is 1280×720 and the detector's picture has a long side of 320.
DETECTOR_SIZE_PX = (320, 180)
# The same for runtimes that want sides in steps of 32: height, width.
DETECTOR_INPUT_PX = (192, 320)
# That of crates/faces/src/detect.rs.
SCORE_MIN = 0.6

WARM_UP_RUNS = 2


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - start) * 1e3


def at(times_ms, share):
    """The nearest rank, as in crates/bonafide/src/timing.rs."""
    rank = math.ceil(share * len(times_ms))
    return round(sorted(times_ms)[max(rank - 1, 0)], 4)


def spread(name, times_ms):
    """`name_p50`, `name_p95` and `name_min`; nothing when nothing was measured."""
    if not times_ms:
        return {}
    return {f"{name}_p50": at(times_ms, 0.5), f"{name}_p95": at(times_ms, 0.95), f"{name}_min": at(times_ms, 0)}


class OpenCv:
    """Detector and recogniser with OpenCV's own reading of the shipped weights."""

    def __init__(self, models):
        import cv2

        cv2.setNumThreads(1)
        self.cv2 = cv2
        self.detector = cv2.FaceDetectorYN.create(str(models / DETECTOR), "", DETECTOR_SIZE_PX, SCORE_MIN)
        self.recogniser = cv2.FaceRecognizerSF.create(str(models / RECOGNISER), "")

    def small(self, frame):
        return self.cv2.resize(frame, DETECTOR_SIZE_PX, interpolation=self.cv2.INTER_LINEAR)

    def detect(self, frame):
        """The best face in pixels of the frame, or None."""
        _, faces = self.detector.detect(self.small(frame))
        if faces is None:
            return None
        face = faces[0].copy()
        face[:14] *= frame.shape[1] / DETECTOR_SIZE_PX[0]
        return face

    def template(self, frame):
        face = self.detect(frame)
        return None if face is None else self.recogniser.feature(self.recogniser.alignCrop(frame, face))


def faces(args):
    """The photos and frames that the answer of `bonafide --json bench faces --frames` lists, in the same order."""
    opencv = OpenCv(args.models)
    cv2 = opencv.cv2
    subjects = []
    for file in json.loads(args.answer.read_text())["files"]:
        data = np.frombuffer((args.photos / file["photo"]).read_bytes(), np.uint8)
        frame = cv2.imread(str(args.frames / file["frame"]), cv2.IMREAD_COLOR)
        subject = {"photo": file["photo"], "data": data, "frame": frame, "decode": [], "whole": []}
        # OpenCV does not read every format that we read.
        subject["decodes"] = cv2.imdecode(data, cv2.IMREAD_COLOR) is not None
        # A frame in which we find nothing is not measured on our side either.
        subject["face"] = file["frame_to_template_ms_p50"] is not None and opencv.detect(frame) is not None
        subjects.append(subject)
    steps = {"decode_ms": [], "detect_ms": [], "align_ms": [], "embed_ms": [], "frame_to_template_ms": []}
    for run in range(WARM_UP_RUNS + args.runs):
        if run == WARM_UP_RUNS:
            for times in [*steps.values(), *(s[key] for s in subjects for key in ("decode", "whole"))]:
                times.clear()
        for subject in subjects:
            measure_subject(opencv, subject, steps)
    answer = {"opencv": cv2.__version__, "runs": args.runs, "photos": len(subjects)}
    answer["faces_found"] = sum(subject["face"] for subject in subjects)
    for name, times in steps.items():
        answer |= spread(name, times)
    answer["files"] = [
        {
            "photo": subject["photo"],
            **spread("decode_ms", subject["decode"]),
            **spread("frame_to_template_ms", subject["whole"]),
        }
        for subject in subjects
    ]
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def measure_subject(opencv, subject, steps):
    if subject["decodes"]:
        _, ms = timed(lambda: opencv.cv2.imdecode(subject["data"], opencv.cv2.IMREAD_COLOR))
        subject["decode"].append(ms)
        steps["decode_ms"].append(ms)
    if not subject["face"]:
        return
    frame = subject["frame"]
    face, ms = timed(lambda: opencv.detect(frame))
    steps["detect_ms"].append(ms)
    aligned, ms = timed(lambda: opencv.recogniser.alignCrop(frame, face))
    steps["align_ms"].append(ms)
    _, ms = timed(lambda: opencv.recogniser.feature(aligned))
    steps["embed_ms"].append(ms)
    _, ms = timed(lambda: opencv.template(frame))
    subject["whole"].append(ms)
    steps["frame_to_template_ms"].append(ms)


def gallery(args):
    """faiss with one signed byte for each component, the two best of all, inner product."""
    import faiss

    faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(1)

    def vectors(count):
        # Signed bytes, as large as they can be without one of them being cut often.
        x = rng.standard_normal((count, args.dim), dtype=np.float32)
        return np.clip(np.rint(x * 32), -127, 127)

    index = faiss.IndexScalarQuantizer(
        args.dim, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )
    step = 50_000
    for start in range(0, args.members, step):
        index.add(vectors(min(step, args.members - start)))
    queries = vectors(args.queries + 7)
    one, batch = [], []
    for run in range(WARM_UP_RUNS + args.queries):
        if run == WARM_UP_RUNS:
            one.clear()
            batch.clear()
        first = run % args.queries
        one.append(timed(lambda: index.search(queries[first : first + 1], 2))[1])
        batch.append(timed(lambda: index.search(queries[first : first + 8], 2))[1] / 8)
    answer = {"faiss": faiss.__version__, "members": index.ntotal, "dim": args.dim, "queries": args.queries}
    answer |= spread("query_ms", one) | spread("batch8_ms_per_query", batch)
    print(json.dumps(answer, indent=2))


def fold(args):
    """Constant blockwise DequantizeLinear and Reshape become floats; drop-outs and stale inputs go."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(args.source))
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    kept, bypass = [], {}
    for node in graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "DequantizeLinear" and all(name in constants for name in node.input):
            constants[node.output[0]] = dequantised(node, *(constants[name] for name in node.input))
        elif node.op_type == "Reshape" and all(name in constants for name in node.input):
            data, shape = (constants[name] for name in node.input)
            constants[node.output[0]] = data.reshape(shape)
        elif node.op_type == "Dropout":
            bypass[node.output[0]] = bypass.get(node.input[0], node.input[0])
        else:
            kept.append(node)
    for node in kept:
        for index, name in enumerate(node.input):
            node.input[index] = bypass.get(name, name)
    read = {name for node in kept for name in node.input}
    replace(graph.node, kept)
    floats = [numpy_helper.from_array(np.ascontiguousarray(x), name) for name, x in constants.items() if name in read]
    replace(graph.initializer, floats)
    replace(graph.input, [value for value in graph.input if value.name in read and value.name not in constants])
    if args.height and args.width:
        sides = graph.input[0].type.tensor_type.shape.dim
        sides[2].dim_value, sides[3].dim_value = args.height, args.width
        # Every other shape follows from the sides; those in the file are of another size.
        replace(graph.value_info, [])
        for output in graph.output:
            output.type.tensor_type.shape.dim[1].dim_param = f"{output.name}_cells"
    onnx.save(model, str(args.target))


def dequantised(node, quantised, scales, zero_points):
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis, block = attributes["axis"], attributes["block_size"]
    fit = tuple(slice(0, side) for side in quantised.shape)
    scales, zero_points = (np.repeat(x.astype(np.float32), block, axis=axis)[fit] for x in (scales, zero_points))
    return (quantised.astype(np.float32) - zero_points) * scales


def replace(repeated, values):
    values = list(values)
    del repeated[:]
    repeated.extend(values)


def inputs(args):
    """The first frame with a face becomes yunet.f32 (BGR planes) and sface.f32 (RGB planes)."""
    opencv = OpenCv(args.models)
    for path in sorted(args.frames.glob("*.png")):
        frame = opencv.cv2.imread(str(path), opencv.cv2.IMREAD_COLOR)
        face = opencv.detect(frame)
        if face is None:
            continue
        height, width = DETECTOR_INPUT_PX
        picture = np.zeros((height, width, 3), np.float32)
        small = opencv.small(frame)
        picture[: small.shape[0], : small.shape[1]] = small
        planes(picture).tofile(args.target / "yunet.f32")
        aligned = opencv.recogniser.alignCrop(frame, face)
        planes(aligned[:, :, ::-1].astype(np.float32)).tofile(args.target / "sface.f32")
        return
    sys.exit(f"{args.frames} holds no frame in which OpenCV finds a face")


def planes(picture):
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None])


def runtimes(args):
    """One line for each runtime: its name, YuNet p50 and min, SFace p50 and min, all in milliseconds, then the cosine.

    Also leaves the embedding of onnxruntime in sface.expected.f32, which the other runtimes are compared with.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    figures = []
    for name, (height, width) in (("yunet", DETECTOR_INPUT_PX), ("sface", (112, 112))):
        session = onnxruntime.InferenceSession(str(args.folder / f"{name}.onnx"), options)
        pixels = np.fromfile(args.folder / f"{name}.f32", np.float32).reshape(1, 3, height, width)
        feed = {session.get_inputs()[0].name: pixels}
        figures.append(best(lambda: session.run(None, feed), args.runs))
        embedding = session.run(None, feed)[0]
    embedding.astype(np.float32).tofile(args.folder / "sface.expected.f32")
    line(f"onnxruntime {onnxruntime.__version__} (C++)", figures, 1.0)

    opencv = OpenCv(args.models)
    # From planes back to OpenCV's rows of pixels. It pads to 192 rows itself.
    picture, aligned = (
        np.fromfile(args.folder / f"{name}.f32", np.float32).reshape(3, *sides).transpose(1, 2, 0).astype(np.uint8)
        for name, sides in (("yunet", DETECTOR_INPUT_PX), ("sface", (112, 112)))
    )
    picture = np.ascontiguousarray(picture[: DETECTOR_SIZE_PX[1]])
    aligned = np.ascontiguousarray(aligned[:, :, ::-1])
    figures = [
        best(lambda: opencv.detector.detect(picture), args.runs),
        best(lambda: opencv.recogniser.feature(aligned), args.runs),
    ]
    line(f"OpenCV {opencv.cv2.__version__} (C++)", figures, cosine(opencv.recogniser.feature(aligned), embedding))


def best(work, runs):
    times = [timed(work)[1] for _ in range(WARM_UP_RUNS + runs)][WARM_UP_RUNS:]
    return at(times, 0.5), at(times, 0)


def cosine(a, b):
    a, b = a.ravel().astype(np.float64), b.ravel().astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def line(name, figures, similarity):
    numbers = [number for pair in figures for number in pair]
    print("\t".join([name, *(f"{number:.3f}" for number in numbers), f"{similarity:.7f}"]))


def main():
    models = Path(__file__).resolve().parent.parent / "models"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    def command(work, **arguments):
        sub = commands.add_parser(work.__name__)
        sub.set_defaults(work=work, models=models)
        for name, options in arguments.items():
            sub.add_argument(name if options.pop("positional", False) else f"--{name}", **options)

    path = {"type": Path, "required": True}
    number = {"type": int, "required": True}
    command(faces, answer=dict(path), photos=dict(path), frames=dict(path), runs=dict(number))
    command(gallery, members=dict(number), dim=dict(number), queries=dict(number))
    place = {"type": Path, "positional": True}
    side = {"type": int}
    command(fold, source=dict(place), target=dict(place), height=dict(side), width=dict(side))
    command(inputs, frames=dict(path), target=dict(path))
    command(runtimes, folder=dict(path), runs=dict(number))
    args = parser.parse_args()
    args.work(args)


if __name__ == "__main__":
    main()
