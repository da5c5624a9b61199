"""DNNs of Keras by tf2onnx, NHWC, with the weights of AMSEL_DATA's zoo: as they are, with one sigmoid output, and as TFLite in
whole numbers."""

import csv
import logging
from pathlib import Path

from common import Zoo, convolutions, imagenet_labels, main

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

SIZE = 192
FIRST_OTHER = 398  # ImageNet's classes before it are animals
OPSET = 17
HALF = {"mean": [127.5] * 3, "std": [127.5] * 3}
SQUASH = {"fit": "squash", "interpolation": "bilinear", "antialias": True, **HALF}
# Photos that the converter sees to choose its scales, and images that the head learns from and is tried on.
CALIBRATION, LEARNT_FROM, TRIED_ON = 100, 400, 100


def mobilenet(data):
    net = keras.applications.MobileNet(input_shape=(SIZE, SIZE, 3), alpha=0.75, weights=None, classes=1001)
    layers = iter(convolutions(data, "mobilenet_v1_075_192"))
    for layer in net.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            weights, bias = next(layers)
            layer.set_weights([weights.transpose(2, 3, 0, 1)])
        elif isinstance(layer, keras.layers.Conv2D):
            weights, bias = next(layers)
            layer.set_weights([weights.transpose(2, 3, 1, 0)] + ([bias] if layer.use_bias else []))
        elif isinstance(layer, keras.layers.BatchNormalization):  # of the convolution just before, made to add its bias alone
            layer.set_weights([np.ones_like(bias), bias, np.zeros_like(bias), np.ones_like(bias) - layer.epsilon])
    return net


def loaded(photo, **options):
    """As keras.utils does it, scaled as the network wants it."""
    image = keras.utils.load_img(photo, target_size=(SIZE, SIZE), interpolation="bilinear", **options)
    return keras.applications.mobilenet.preprocess_input(np.asarray(image, np.float32)[None])


def resized(photo):
    """As a Resizing layer does it, and image_dataset_from_directory: without a wider filter, and not rounded to 8 bits."""
    image = np.asarray(keras.utils.load_img(photo), np.float32)[None]
    return keras.applications.mobilenet.preprocess_input(np.array(keras.layers.Resizing(SIZE, SIZE)(image)))


def reading(read):
    return lambda _, photo: read(photo)


def inferring(net):
    return lambda given: np.array(net(given, training=False))


def exporter(net):
    def export(file):
        signature = (tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, name="input"),)
        tf2onnx.convert.from_keras(net, input_signature=signature, opset=OPSET, output_path=file)
        return names(file)
    return export


def names(file):
    """What the exporter called the input and the output."""
    graph = onnx.load(file).graph
    return graph.input[0].name, graph.output[0].name


def classification(out, photos, data):
    zoo = Zoo(out, photos, imagenet_labels())
    net = mobilenet(data)
    common = {"layout": "NHWC", "kind": "probabilities", "skip": 1}
    crop = {"center_crop_fraction": 1, "crop_rounding": "down", "interpolation": "bilinear", "antialias": True, **HALF}  # but Pillow's box lets its filter read around it
    zoo.add("squash", reading(loaded), inferring(net), exporter(net), SIZE, SQUASH, **common)
    zoo.add("crop", reading(lambda photo: loaded(photo, keep_aspect_ratio=True)), inferring(net), exporter(net), SIZE, crop,
            near_framework=0.02, near_runtime=0.02, **common)
    zoo.add("resizing", reading(resized), inferring(net), exporter(net), SIZE, {"fit": "squash", "interpolation": "bilinear", **HALF},
            near_framework=0.06, near_runtime=0.06, **common)
    zoo.finish()


def images_of(data):
    """Some images of both kinds in turn, and whether they show something else than an animal."""
    folder = data / "imagenet"
    with open(folder / "images.csv", encoding="utf-8") as file:
        rows = [(folder / row["path"], int(row["label"])) for row in csv.DictReader(file)]
    kinds = [[path for path, label in rows if (label < FIRST_OTHER) == animal] for animal in (True, False)]
    wanted = (LEARNT_FROM + TRIED_ON) // 2
    pairs = zip(kinds[0][:wanted], kinds[1][:wanted], strict=True)
    return [(path, other) for pair in pairs for other, path in enumerate(pair)]


def binary(out, photos, data):
    """Animal or not: the network without its last layer, and one sigmoid unit fitted to it."""
    zoo = Zoo(out, photos, ["animal", "other"])
    whole = mobilenet(data)
    trunk = keras.Model(whole.input, keras.layers.Flatten()(whole.get_layer("global_average_pooling2d").output))
    samples = images_of(data)
    features = np.concatenate([np.array(trunk(loaded(path), training=False)) for path, _ in samples])
    kinds = np.array([kind for _, kind in samples], np.float32)
    keras.utils.set_random_seed(1)
    head = keras.Sequential([keras.Input(features.shape[1:]), keras.layers.Dense(1, activation="sigmoid")])
    head.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    head.fit(features[:LEARNT_FROM], kinds[:LEARNT_FROM], epochs=40, batch_size=50, verbose=0)
    right = np.mean((np.array(head(features[LEARNT_FROM:]))[:, 0] > 0.5) == kinds[LEARNT_FROM:])
    assert right >= 0.9, f"the head is right on {right:.0%} of the images that it was tried on"
    net = keras.Model(trunk.input, head(trunk.output))

    zoo.add("binary", reading(loaded), inferring(net), exporter(net), SIZE, SQUASH, layout="NHWC", kind="sigmoid")
    zoo.finish()


def in_steps(photo):
    """As `loaded`, but so scaled that pixels become the input's whole numbers and no halves between them."""
    return (loaded(photo) * 127.5 - 0.5) / 128


def in_whole_numbers(net, photos):
    def samples():
        for photo in photos[:CALIBRATION]:
            yield [in_steps(photo)]
    converter = tf.lite.TFLiteConverter.from_keras_model(net)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    return converter.convert()


def quantisation(detail):
    scale, zero_point = detail["quantization"]
    return {"dtype": np.dtype(detail["dtype"]).name, "scale": float(scale), "zero_point": int(zero_point)}


def tflite(out, photos, data):
    zoo = Zoo(out, photos, imagenet_labels())
    flat = Path(out) / "mobilenet.tflite"
    flat.write_bytes(in_whole_numbers(mobilenet(data), [path for path, _ in images_of(data)]))
    interpreter = tf.lite.Interpreter(model_path=str(flat))
    interpreter.allocate_tensors()
    into, outof = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    given, taken = quantisation(into), quantisation(outof)

    def prepare(_, photo):
        stored = np.round(in_steps(photo) / given["scale"]) + given["zero_point"]
        return np.clip(stored, 0, 255).astype(np.uint8)

    def infer(stored):
        interpreter.set_tensor(into["index"], stored)
        interpreter.invoke()
        return interpreter.get_tensor(outof["index"])

    def export(file):
        tf2onnx.convert.from_tflite(str(flat), opset=OPSET, output_path=file)
        return names(file)
    # Between layers TFLite rounds elsewhere than ONNX Runtime, and that elsewhere with fused layers than without.
    squash = SQUASH | {"mean": [128] * 3, "std": [128] * 3}
    zoo.add("tflite", prepare, infer, export, SIZE, squash, layout="NHWC", kind="probabilities", skip=1, input_type=given, output_type=taken,
            near_framework=0.06, near_runtime=0.06)
    zoo.finish()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    main({"keras": classification, "binary": binary, "tflite": tflite})
