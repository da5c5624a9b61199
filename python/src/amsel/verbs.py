"""The verbs of the program as functions. Made by make_verbs.py from the program's own declarations.

Each runs the verb and gives what it found. Paths may be strings or path objects. `progress` shows bars of tqdm on
stderr. All of them raise `UsageError`, `BadInputError` or `RuntimeFailure` as the program's exit codes say, and
`CheckFailed` where a check that was asked for did not hold; what a verb finds by itself is a `CheckWarning`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Union

from ._program import arguments, run
from .results import Bundle, Cards, Evaluation, Findings, Page, ProfileSummary, Study

Path_ = Union[str, "os.PathLike[str]"]


def init(
    *dnns: Path_,
    out: Path_,
    images: Path_ | None = None,
    labels: Path_ | None = None,
    from_: Sequence[str] | str | None = None,
    output: str | None = None,
    sample: int | None = None,
    seed: int | None = None,
    force: bool = False,
    backend: Sequence[str] | str | None = None,
    provider: Sequence[str] | str | None = None,
    threads: int | None = None,
    graph: str | None = None,
    precision: str | None = None,
    engine_cache: Path_ | None = None,
    ort: Path_ | None = None,
    max_pixels: int | None = None,
    run_limit: float | None = None,
    progress: bool = True,
) -> Cards:
    """Write the cards of DNNs as they come: a zoo from ONNX files.

    Parameters
    ----------
    dnns : paths
        ONNX files (or .ort), each FILE, NAME=FILE to name the candidate, or a folder of such files.
    out : path
        Zoo to write; candidates are added to one that is there.
    images : path, optional
        Labelled images to find out by: CSV (path,label), a folder per class, or an IDX file.
    labels : path, optional
        Names of the classes, one a line, in the order of the outputs. Default: from a configuration, the
        file's metadata, or the images.
    from_ : Sequence[str] | str, optional
        What a framework says of the input: timm's config.json, Hugging Face's preprocessor_config.json and
        config.json; for all DNNs, or NAME=FILE for one.
    output : str, optional
        The output that answers, of DNNs that have several.
    sample : int, optional
        Images to try, drawn at random. (default 200)
    seed : int, optional
        Seed of the draw. (default 1)
    force : bool, optional
        Replace candidates and cards that are there.
    backend : Sequence[str] | str, optional
        What runs the DNNs: onnxruntime, or a plug-in by its name or path; for all candidates, or for one
        (may be repeated). Default: onnxruntime, or as the bundle plans.
    provider : Sequence[str] | str, optional
        What the back end shall run on: cpu, cuda, tensorrt, ..., as far as it has it; for all candidates,
        or for one (may be repeated). Default: its first, or as the bundle plans.
    threads : int, optional
        Threads that one candidate may use (default: 1, or as the bundle plans) (1 to 1024)
    graph : str, optional
        Graph optimisation: none, basic, extended or all (default: all, or as the bundle plans)
    precision : str, optional
        full, or half where the back end may compute with 16 bits (default: full, or as the bundle plans)
    engine_cache : path, optional
        Folder for what is compiled from the DNNs (engines of TensorRT), so that it need not be again.
    ort : path, optional
        Path of the ONNX Runtime library, a vendor's too (default: looked for)
    max_pixels : int, optional
        Refuse images that declare more pixels. (default 134217728)
    run_limit : float, optional
        Seconds that one run of a DNN may take; one that takes longer is ended and has failed (by ONNX
        Runtime; plug-ins cannot be ended). 0: no limit. (default 60)
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Cards

    Notes
    -----
    Names, shapes, types and the number of classes come from the file. How pixels go in comes from from_ and
    from labelled images, a few hundred of which tell normalisation, order of channels, crop, interpolation and
    labels together; what they cannot tell apart is said. Without either it is assumed, marked in the cards, and
    the exit code is 1, as it is where a DNN answers no better than chance, or its outputs stand for the classes
    in another order than the labels.
    """
    args = arguments(
        [*dnns],
        [
            ("--out", out),
            ("--images", images),
            ("--labels", labels),
            ("--from", from_),
            ("--output", output),
            ("--sample", sample),
            ("--seed", seed),
            ("--force", force),
            ("--backend", backend),
            ("--provider", provider),
            ("--threads", threads),
            ("--graph", graph),
            ("--precision", precision),
            ("--engine-cache", engine_cache),
            ("--ort", ort),
            ("--max-pixels", max_pixels),
            ("--run-limit", run_limit),
            ("--json", True),
        ],
    )
    printed = run("init", args, progress=progress, insists=False)
    return Cards(printed)


def check(
    *,
    zoo: Path_,
    images: Path_,
    card_defaults: Path_ | None = None,
    sample: int | None = None,
    seed: int | None = None,
    fix: bool = False,
    backend: Sequence[str] | str | None = None,
    provider: Sequence[str] | str | None = None,
    threads: int | None = None,
    graph: str | None = None,
    precision: str | None = None,
    engine_cache: Path_ | None = None,
    ort: Path_ | None = None,
    max_pixels: int | None = None,
    run_limit: float | None = None,
    progress: bool = True,
) -> Cards:
    """Find wrong cards by trying the usual readings on labelled images.

    Parameters
    ----------
    zoo : path
        Folder of candidates, each with card.json and <version>/model.onnx.
    images : path
        Labelled images: CSV (path,label), a folder per class, or an IDX file.
    card_defaults : path, optional
        Card for candidates that have none.
    sample : int, optional
        Images to try, drawn at random. (default 200)
    seed : int, optional
        Seed of the draw. (default 1)
    fix : bool, optional
        Write the cards corrected; the old ones stay as card.json.old.
    backend : Sequence[str] | str, optional
        What runs the DNNs: onnxruntime, or a plug-in by its name or path; for all candidates, or for one
        (may be repeated). Default: onnxruntime, or as the bundle plans.
    provider : Sequence[str] | str, optional
        What the back end shall run on: cpu, cuda, tensorrt, ..., as far as it has it; for all candidates,
        or for one (may be repeated). Default: its first, or as the bundle plans.
    threads : int, optional
        Threads that one candidate may use (default: 1, or as the bundle plans) (1 to 1024)
    graph : str, optional
        Graph optimisation: none, basic, extended or all (default: all, or as the bundle plans)
    precision : str, optional
        full, or half where the back end may compute with 16 bits (default: full, or as the bundle plans)
    engine_cache : path, optional
        Folder for what is compiled from the DNNs (engines of TensorRT), so that it need not be again.
    ort : path, optional
        Path of the ONNX Runtime library, a vendor's too (default: looked for)
    max_pixels : int, optional
        Refuse images that declare more pixels. (default 134217728)
    run_limit : float, optional
        Seconds that one run of a DNN may take; one that takes longer is ended and has failed (by ONNX
        Runtime; plug-ins cannot be ended). 0: no limit. (default 60)
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Cards

    Notes
    -----
    Tries normalisation, order of channels, crop, interpolation, labels and kind of output, several at once;
    names runs that fail, NaN, answers that are always the same or no better than chance, and batches that are
    answered otherwise. Exit code 1 when a card is probably wrong and was not corrected, or a DNN has such a
    fault.
    """
    args = arguments(
        [],
        [
            ("--zoo", zoo),
            ("--images", images),
            ("--card-defaults", card_defaults),
            ("--sample", sample),
            ("--seed", seed),
            ("--fix", fix),
            ("--backend", backend),
            ("--provider", provider),
            ("--threads", threads),
            ("--graph", graph),
            ("--precision", precision),
            ("--engine-cache", engine_cache),
            ("--ort", ort),
            ("--max-pixels", max_pixels),
            ("--run-limit", run_limit),
            ("--json", True),
        ],
    )
    printed = run("check", args, progress=progress, insists=False)
    return Cards(printed)


def profile(
    *,
    zoo: Path_,
    images: Path_,
    out: Path_,
    card_defaults: Path_ | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    shard: str | None = None,
    views: Sequence[str] | str | None = None,
    features: Sequence[str] | str | None = None,
    feature_dnn: Path_ | None = None,
    block: int | None = None,
    decode_min_side: int | None = None,
    strict: bool = False,
    backend: Sequence[str] | str | None = None,
    provider: Sequence[str] | str | None = None,
    threads: int | None = None,
    graph: str | None = None,
    precision: str | None = None,
    engine_cache: Path_ | None = None,
    ort: Path_ | None = None,
    max_pixels: int | None = None,
    run_limit: float | None = None,
    energy: str | None = None,
    energy_block: float | None = None,
    power_model: str | None = None,
    sysfs: Path_ | None = None,
    progress: bool = True,
) -> ProfileSummary:
    """Run every candidate on every labelled image; record answers and times.

    Parameters
    ----------
    zoo : path
        Folder of candidates, each with card.json and <version>/model.onnx.
    images : path
        Labelled images: CSV (path,label[,group,weight,split]), a folder per class, or an IDX images file
        beside its labels.
    out : path
        Profile to write (SQLite)
    card_defaults : path, optional
        Card for candidates that have none.
    resume : bool, optional
        Continue an existing profile, or add what is missing to it. Zoo, images, card defaults, shard and
        feature DNN are those of before unless they are given.
    retry_failed : bool, optional
        With resume=True: try again what failed before, images and runs.
    shard : str, optional
        Take part i of n of the images; put the parts together with merge.
    views : Sequence[str] | str, optional
        Views of each DNN, candidates of their own: identity (always), hflip (the mirrored image), denoise
        (smoothed, edges kept: for images that are noisier, or more compressed, than those that the DNNs
        learned from), size:N (N x N pixels), size:auto (up to three sizes of 0.8 to 0.3 of the DNN's
        pixels), crop:F (the share F of the shorter side; crop:1 all of it); or auto: try each kind on a
        part of the images, which count as split=fit from then on, and take those that pay. (default
        identity)
    features : Sequence[str] | str, optional
        Image features to record: default (all that pixels tell), all (those of the file too, which frames
        of a camera do not have), paper (the seven that the paper keeps), or names of: keypoints,
        avg_perceived_brightness, contrast, area_by_perimeter, aspect_ratio, edge_length1, hue1,
        laplacian_variance, noise, colorfulness, saturation, avg_brightness, rms_brightness,
        rms_perceived_brightness, entropy, edge_length2, edge_length3, edge_length4, edge_length5,
        edge_length6, edge_length7, edge_angle1, edge_angle2, edge_angle3, edge_angle4, edge_angle5,
        edge_angle6, edge_angle7, hue2, hue3, hue4, hue5, hue6, hue7, image_aspect_ratio, jpeg_quality,
        file_bytes_per_pixel. (default default)
    feature_dnn : path, optional
        A small DNN whose outputs (at most 256 numbers an image) are recorded as features, dnn.0 ..., with
        its time, for premodels to read. Its card.json lies beside it or one folder above.
    block : int, optional
        Images for which a candidate keeps its turn. (1 to 4096; default 64)
    decode_min_side : int, optional
        Decode JPEG at 1/2, 1/4 or 1/8 of its size while its shorter side has this many pixels; 0: never.
        Default: what the candidates' crops need. (0 to 1048576)
    strict : bool, optional
        Stop at the first image that cannot be used, or for which a candidate gives no answer.
    backend : Sequence[str] | str, optional
        What runs the DNNs: onnxruntime, or a plug-in by its name or path; for all candidates, or for one
        (may be repeated). Default: onnxruntime, or as the bundle plans.
    provider : Sequence[str] | str, optional
        What the back end shall run on: cpu, cuda, tensorrt, ..., as far as it has it; for all candidates,
        or for one (may be repeated). Default: its first, or as the bundle plans.
    threads : int, optional
        Threads that one candidate may use (default: 1, or as the bundle plans) (1 to 1024)
    graph : str, optional
        Graph optimisation: none, basic, extended or all (default: all, or as the bundle plans)
    precision : str, optional
        full, or half where the back end may compute with 16 bits (default: full, or as the bundle plans)
    engine_cache : path, optional
        Folder for what is compiled from the DNNs (engines of TensorRT), so that it need not be again.
    ort : path, optional
        Path of the ONNX Runtime library, a vendor's too (default: looked for)
    max_pixels : int, optional
        Refuse images that declare more pixels. (default 134217728)
    run_limit : float, optional
        Seconds that one run of a DNN may take; one that takes longer is ended and has failed (by ONNX
        Runtime; plug-ins cannot be ended). 0: no limit. (default 60)
    energy : str, optional
        Also measure energy, with: off, auto (the first meter that there is), or a meter's name (amsel
        inspect --meters); takes five blocks for each row or candidate, and two idle ones. (default off)
    energy_block : float, optional
        What a block of energy takes at least; figures from less than 5 s are marked as such. (0.001 to
        3600; default 5)
    power_model : str, optional
        Estimate energy as time x watts where nothing measured it: watts=W or watts=W,idle_watts=W; labelled
        an estimate.
    sysfs : path, optional
        Folder in which sys/ and proc/ lie (default: this machine's)
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    ProfileSummary

    Notes
    -----
    What each feature is, its formula and its cost: docs/formats/features.md. resume=True adds features to a
    profile, and feature_dnn too: where it had another one, that one's features are replaced. Images that cannot
    be read are skipped, counted and recorded. A candidate that gives no answer for an image counts as wrong
    there; one that fails on more than half of them is refused at the end (exit code 4). A killed run loses at
    most one block: continue it with amsel.profile(resume=True, out=FILE).
    """
    args = arguments(
        [],
        [
            ("--zoo", zoo),
            ("--images", images),
            ("--out", out),
            ("--card-defaults", card_defaults),
            ("--resume", resume),
            ("--retry-failed", retry_failed),
            ("--shard", shard),
            ("--views", views),
            ("--features", features),
            ("--feature-dnn", feature_dnn),
            ("--block", block),
            ("--decode-min-side", decode_min_side),
            ("--strict", strict),
            ("--backend", backend),
            ("--provider", provider),
            ("--threads", threads),
            ("--graph", graph),
            ("--precision", precision),
            ("--engine-cache", engine_cache),
            ("--ort", ort),
            ("--max-pixels", max_pixels),
            ("--run-limit", run_limit),
            ("--energy", energy),
            ("--energy-block", energy_block),
            ("--power-model", power_model),
            ("--sysfs", sysfs),
            ("--json", True),
        ],
    )
    printed = run("profile", args, progress=progress, insists=False)
    return ProfileSummary(printed, Path(out))


def merge(
    *shards: Path_,
    out: Path_,
    progress: bool = True,
) -> ProfileSummary:
    """Put the profiles of shards together.

    Parameters
    ----------
    shards : paths
        Profiles made with shard 1/n ... n/n.
    out : path
        Profile to write.
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    ProfileSummary
    """
    args = arguments(
        [*shards],
        [
            ("--out", out),
            ("--json", True),
        ],
    )
    printed = run("profile merge", args, progress=progress, insists=False)
    return ProfileSummary(printed, Path(out))


def doctor(
    *,
    profile: Path_ | None = None,
    csv: Path_ | None = None,
    folds: int | None = None,
    max_images: int | None = None,
    top: Literal[1, 5] | None = None,
    seed: int | None = None,
    keep_near_duplicates: bool = False,
    require_go: bool = False,
    progress: bool = True,
) -> Findings:
    """Go or no-go: would adaptive selection help with these candidates?

    Parameters
    ----------
    profile : path, optional
        Profile to look at.
    csv : path, optional
        A table of your own instead: a row an image with NAME:correct, NAME:ms and, if known,
        NAME:confidence for each candidate; or a row an image and candidate with id, candidate, correct, ms,
        confidence; group, weight and split may be given.
    folds : int, optional
        Folds of the cross-validation. (2 to 100; default 5)
    max_images : int, optional
        Of a profile with more images, look at about so many; 0: all. (default 10000)
    top : Literal[1, 5], optional
        An answer is right when the label is among its first 1 or 5 classes (profile) (default 1)
    seed : int, optional
        Seed of folds and resampling. (default 1)
    keep_near_duplicates : bool, optional
        Do not join images that look like one picture: let one be learned from and the other judged on.
    require_go : bool, optional
        Exit 1 unless selection or stopping is a go.
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Findings

    Notes
    -----
    Two questions, each answered go, unclear (more images would tell), no-go, or unknown where the table lacks
    what it takes: would choosing a candidate from image features before any has run help, and would running
    cheap candidates first and stopping once they are sure? An answer is go when, on images not learned from, a
    policy beats both its null (the same shares, blindly) and the best random mix of single candidates of its
    mean time, by more than chance, and either is more accurate than the single best, by more than chance, in no
    more time, or is at least 1.1 times as fast and at most one standard error less accurate; and the best view
    or int8 twin alone is not as accurate in as little time.
    """
    args = arguments(
        [],
        [
            ("--profile", profile),
            ("--csv", csv),
            ("--folds", folds),
            ("--max-images", max_images),
            ("--top", top),
            ("--seed", seed),
            ("--keep-near-duplicates", keep_near_duplicates),
            ("--require-go", require_go),
            ("--json", True),
        ],
    )
    printed = run("doctor", args, progress=progress)
    return Findings(printed)


def train(
    *,
    out: Path_,
    profile: Path_ | None = None,
    csv: Path_ | None = None,
    policy: str | None = None,
    test_fraction: float | None = None,
    certify_fraction: float | None = None,
    epsilon: float | None = None,
    zoo: Path_ | None = None,
    feature_dnn: Path_ | None = None,
    without_dnns: bool = False,
    force: bool = False,
    seed: int | None = None,
    top: Literal[1, 5] | None = None,
    theta: float | None = None,
    tie_tolerance: float | None = None,
    abstain_price: float | None = None,
    chain_k: int | None = None,
    p_right_k: int | None = None,
    tree_depth: int | None = None,
    trees: int | None = None,
    svm_gamma: float | None = None,
    svm_c: float | None = None,
    on_none: Literal["most-capable", "cheapest"] | None = None,
    features: Sequence[str] | str | None = None,
    select_features: Sequence[str] | str | None = None,
    select_correlation: float | None = None,
    keep_near_duplicates: bool = False,
    progress: bool = True,
) -> Bundle:
    """Learn a policy from a profile, or a table of your own, and write the bundle that is deployed.

    Parameters
    ----------
    out : path
        Bundle to write (a folder)
    profile : path, optional
        Profile to learn from.
    csv : path, optional
        A table of your own instead: a row an image with NAME:correct, NAME:ms and, if known,
        NAME:confidence for each candidate; or a row an image and candidate with id, candidate, correct, ms,
        confidence; group, weight and split may be given.
    policy : str, optional
        Policy to learn; auto chooses by validation. Of: auto, single, p-right, chain, staged, cascade,
        agreement, staged-no-pooling, staged-no-features, staged-no-head, staged-fixed-order; chain:A-B-C
        with gates knn, tree or svm, the last for all that follow; multiclass:A with knn, tree, svm, forest,
        bayes, logistic, boosted. Premodels (p-right, chain, multiclass) may name what they read, as in
        p-right@dnn: a list of features. (default auto)
    test_fraction : float, optional
        Share of the images to set aside for a later evaluation, by group and class (in twentieths) (0 to
        0.9; default 0)
    certify_fraction : float, optional
        Share of the other images to keep from learning for certificates (in twentieths; where it is not
        given, from 1000 images on, where the list has no split certify) (0 to 0.9; default 0.2)
    epsilon : float, optional
        Certificates claim: not worse than the single best by more than this share. (0 to 1; default 0.02)
    zoo : path, optional
        Where the DNN files are now (default: where they were profiled)
    feature_dnn : path, optional
        Where the DNN is now whose features the policy reads (default: where it was profiled)
    without_dnns : bool, optional
        Leave the DNN files out: for programs that run the DNNs themselves (docs/decisions.md)
    force : bool, optional
        Replace an existing bundle.
    seed : int, optional
        Seed of splits, turns and resampling. (default 1)
    top : Literal[1, 5], optional
        An answer is right when the label is among its first 1 or 5 classes (labels for learning; tables
        show both) (default 1)
    theta : float, optional
        Portfolio: stop when one more candidate covers less than this share more. (0 to 1; default 0.005)
    tie_tolerance : float, optional
        Costs within this fraction count as equal. (0 to 1; default 0.05)
    abstain_price : float, optional
        Staged: what no answer costs, as a share of what a wrong one costs; 0: always answer. (0 to 1;
        default 0)
    chain_k : int, optional
        Neighbours of each gate of the chain. (1 to 10000; default 5)
    p_right_k : int, optional
        Neighbours of the P(right) premodel. (1 to 10000; default 50)
    tree_depth : int, optional
        Levels of decision trees and of those of forests, at most. (1 to 30; default 16)
    trees : int, optional
        Trees of a forest; rounds of boosting. (1 to 10000; default 100)
    svm_gamma : float, optional
        Of the support vector machines' kernel exp(-gamma d^2) (1e-09 to 1e+06; default 0.001)
    svm_c : float, optional
        Support vector machines: price of an image on the wrong side. (1e-09 to 1e+09; default 1)
    on_none : Literal["most-capable", "cheapest"], optional
        Who answers when no gate says yes: most-capable or cheapest (default most-capable)
    features : Sequence[str] | str, optional
        Image features that premodels read: paper, default, all, or names (help(amsel.profile) lists them);
        dnn: what the DNN of amsel.profile(feature_dnn=...) gives. (default paper)
    select_features : Sequence[str] | str, optional
        Let premodels read the best of these features instead (named as above, usually default): without
        those that correlate, then without those whose loss costs least in cross-validation.
    select_correlation : float, optional
        Of two features whose |r| (Pearson) reaches this, select_features leaves one out. (0 to 1; default
        0.75)
    keep_near_duplicates : bool, optional
        Do not join images that look like one picture: let one be learned from and the other judged on.
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Bundle

    Notes
    -----
    The same profile, options and seed give the same bundle, byte for byte. From csv it holds the policy alone,
    for programs that run the DNNs themselves.
    """
    args = arguments(
        [],
        [
            ("--out", out),
            ("--profile", profile),
            ("--csv", csv),
            ("--policy", policy),
            ("--test-fraction", test_fraction),
            ("--certify-fraction", certify_fraction),
            ("--epsilon", epsilon),
            ("--zoo", zoo),
            ("--feature-dnn", feature_dnn),
            ("--without-dnns", without_dnns),
            ("--force", force),
            ("--seed", seed),
            ("--top", top),
            ("--theta", theta),
            ("--tie-tolerance", tie_tolerance),
            ("--abstain-price", abstain_price),
            ("--chain-k", chain_k),
            ("--p-right-k", p_right_k),
            ("--tree-depth", tree_depth),
            ("--trees", trees),
            ("--svm-gamma", svm_gamma),
            ("--svm-c", svm_c),
            ("--on-none", on_none),
            ("--features", features),
            ("--select-features", select_features),
            ("--select-correlation", select_correlation),
            ("--keep-near-duplicates", keep_near_duplicates),
            ("--json", True),
        ],
    )
    printed = run("train", args, progress=progress)
    return Bundle(printed, Path(out))


def retarget(
    *,
    bundle: Path_,
    out: Path_,
    key: str | None = None,
    backend: Sequence[str] | str | None = None,
    provider: Sequence[str] | str | None = None,
    threads: Sequence[int] | int | None = None,
    graph: Sequence[str] | str | None = None,
    precision: str | None = None,
    engine_cache: Path_ | None = None,
    ort: Path_ | None = None,
    seconds: float | None = None,
    force: bool = False,
    progress: bool = True,
) -> Bundle:
    """Tune a bundle for this device and plan its operating points anew; needs no images.

    Parameters
    ----------
    bundle : path
        Bundle to start from.
    out : path
        Bundle to write (a folder)
    key : str, optional
        Public key of minisign, itself or a file: refuse a bundle whose SHA256SUMS it has not signed.
    backend : Sequence[str] | str, optional
        Back ends to try: onnxruntime, plug-ins by name or path (default: onnxruntime, and what the bundle
        has costs of)
    provider : Sequence[str] | str, optional
        Providers to try, such as cpu, cuda, tensorrt (default: the first of each back end)
    threads : Sequence[int] | int, optional
        Numbers of threads to try (default: 1, 2, 4 ... up to the processors) (1 to 1024)
    graph : Sequence[str] | str, optional
        Graph optimisations to try (default: all, extended)
    precision : str, optional
        full, or half where back ends may compute with 16 bits.
    engine_cache : path, optional
        Folder for what is compiled from the DNNs.
    ort : path, optional
        Path of the ONNX Runtime library (default: looked for)
    seconds : float, optional
        About how long to measure. (0.1 to 86400; default 40)
    force : bool, optional
        Replace an existing bundle.
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Bundle

    Notes
    -----
    Each candidate gets the back end, provider, threads and graph optimisation that are fastest here among those
    whose answers conform to the bundle's record. An operating point that does not keep the promise of its name
    here (balanced, fast, accurate, steady) gives the name to one that does. Exit code 1 when a candidate
    conforms in no way that was tried: answers that may run it are not certified then.
    """
    args = arguments(
        [],
        [
            ("--bundle", bundle),
            ("--out", out),
            ("--key", key),
            ("--backend", backend),
            ("--provider", provider),
            ("--threads", threads),
            ("--graph", graph),
            ("--precision", precision),
            ("--engine-cache", engine_cache),
            ("--ort", ort),
            ("--seconds", seconds),
            ("--force", force),
            ("--json", True),
        ],
    )
    printed = run("retarget", args, progress=progress, insists=False)
    return Bundle(printed, Path(out))


def evaluate(
    *,
    profile: Path_ | None = None,
    csv: Path_ | None = None,
    bundle: Path_ | None = None,
    key: str | None = None,
    images: Path_ | None = None,
    folds: int | None = None,
    policy: Sequence[str] | str | None = None,
    repetitions: int | None = None,
    include_training: bool = False,
    strict: bool = False,
    out: Path_ | None = None,
    answers: Path_ | None = None,
    require: Sequence[str] | str | None = None,
    no_adapted: bool = False,
    seed: int | None = None,
    top: Literal[1, 5] | None = None,
    theta: float | None = None,
    tie_tolerance: float | None = None,
    abstain_price: float | None = None,
    chain_k: int | None = None,
    p_right_k: int | None = None,
    tree_depth: int | None = None,
    trees: int | None = None,
    svm_gamma: float | None = None,
    svm_c: float | None = None,
    on_none: Literal["most-capable", "cheapest"] | None = None,
    features: Sequence[str] | str | None = None,
    select_features: Sequence[str] | str | None = None,
    select_correlation: float | None = None,
    keep_near_duplicates: bool = False,
    backend: Sequence[str] | str | None = None,
    provider: Sequence[str] | str | None = None,
    threads: int | None = None,
    graph: str | None = None,
    precision: str | None = None,
    engine_cache: Path_ | None = None,
    ort: Path_ | None = None,
    max_pixels: int | None = None,
    energy: str | None = None,
    energy_block: float | None = None,
    power_model: str | None = None,
    sysfs: Path_ | None = None,
    progress: bool = True,
) -> Evaluation:
    """The table: every single, the bounds, the nulls and the policies.

    Parameters
    ----------
    profile : path, optional
        Cross-validate on this profile, or simulate bundle on it; times are the recorded ones.
    csv : path, optional
        A table of your own instead: a row an image with NAME:correct, NAME:ms and, if known,
        NAME:confidence for each candidate; or a row an image and candidate with id, candidate, correct, ms,
        confidence; group, weight and split may be given.
    bundle : path, optional
        Run and clock this bundle on images, or simulate it on profile.
    key : str, optional
        Public key of minisign, itself or a file: refuse a bundle whose SHA256SUMS it has not signed.
    images : path, optional
        Labelled images for bundle; those that it was trained, certified or calibrated on, and those of
        split fit, are left out.
    folds : int, optional
        Folds of the cross-validation. (2 to 1000; default 10)
    policy : Sequence[str] | str, optional
        Policies to cross-validate; the first is the headline. Of: auto, single, p-right, chain, staged,
        cascade, agreement, staged-no-pooling, staged-no-features, staged-no-head, staged-fixed-order;
        chain:A-B-C with gates knn, tree or svm, the last for all that follow; multiclass:A with knn, tree,
        svm, forest, bayes, logistic, boosted. Premodels (p-right, chain, multiclass) may name what they
        read, as in p-right@dnn: a list of features. (default staged,p-right,chain)
    repetitions : int, optional
        How often a bundle's rows are clocked. (1 to 1000; default 5)
    include_training : bool, optional
        Also use images that the bundle was trained on (their accuracy is too good)
    strict : bool, optional
        Stop at the first image that cannot be used.
    out : path, optional
        Also write results.json here.
    answers : path, optional
        Write what the bundle answered, a JSON line an image, operating point by operating point.
    require : Sequence[str] | str, optional
        Exit 1 unless the headline holds this: accuracy, speedup or latency_ms, >= or <=, a number
        (accuracy: or single-best); with @95 the end of the interval must.
    no_adapted : bool, optional
        Leave out the singles with heads of their own (profile)
    seed : int, optional
        Seed of splits, turns and resampling. (default 1)
    top : Literal[1, 5], optional
        An answer is right when the label is among its first 1 or 5 classes (labels for learning; tables
        show both) (default 1)
    theta : float, optional
        Portfolio: stop when one more candidate covers less than this share more. (0 to 1; default 0.005)
    tie_tolerance : float, optional
        Costs within this fraction count as equal. (0 to 1; default 0.05)
    abstain_price : float, optional
        Staged: what no answer costs, as a share of what a wrong one costs; 0: always answer. (0 to 1;
        default 0)
    chain_k : int, optional
        Neighbours of each gate of the chain. (1 to 10000; default 5)
    p_right_k : int, optional
        Neighbours of the P(right) premodel. (1 to 10000; default 50)
    tree_depth : int, optional
        Levels of decision trees and of those of forests, at most. (1 to 30; default 16)
    trees : int, optional
        Trees of a forest; rounds of boosting. (1 to 10000; default 100)
    svm_gamma : float, optional
        Of the support vector machines' kernel exp(-gamma d^2) (1e-09 to 1e+06; default 0.001)
    svm_c : float, optional
        Support vector machines: price of an image on the wrong side. (1e-09 to 1e+09; default 1)
    on_none : Literal["most-capable", "cheapest"], optional
        Who answers when no gate says yes: most-capable or cheapest (default most-capable)
    features : Sequence[str] | str, optional
        Image features that premodels read: paper, default, all, or names (help(amsel.profile) lists them);
        dnn: what the DNN of amsel.profile(feature_dnn=...) gives. (default paper)
    select_features : Sequence[str] | str, optional
        Let premodels read the best of these features instead (named as above, usually default): without
        those that correlate, then without those whose loss costs least in cross-validation.
    select_correlation : float, optional
        Of two features whose |r| (Pearson) reaches this, select_features leaves one out. (0 to 1; default
        0.75)
    keep_near_duplicates : bool, optional
        Do not join images that look like one picture: let one be learned from and the other judged on.
    backend : Sequence[str] | str, optional
        What runs the DNNs: onnxruntime, or a plug-in by its name or path; for all candidates, or for one
        (may be repeated). Default: onnxruntime, or as the bundle plans.
    provider : Sequence[str] | str, optional
        What the back end shall run on: cpu, cuda, tensorrt, ..., as far as it has it; for all candidates,
        or for one (may be repeated). Default: its first, or as the bundle plans.
    threads : int, optional
        Threads that one candidate may use (default: 1, or as the bundle plans) (1 to 1024)
    graph : str, optional
        Graph optimisation: none, basic, extended or all (default: all, or as the bundle plans)
    precision : str, optional
        full, or half where the back end may compute with 16 bits (default: full, or as the bundle plans)
    engine_cache : path, optional
        Folder for what is compiled from the DNNs (engines of TensorRT), so that it need not be again.
    ort : path, optional
        Path of the ONNX Runtime library, a vendor's too (default: looked for)
    max_pixels : int, optional
        Refuse images that declare more pixels. (default 134217728)
    energy : str, optional
        Also measure energy, with: off, auto (the first meter that there is), or a meter's name (amsel
        inspect --meters); takes five blocks for each row or candidate, and two idle ones. (default off)
    energy_block : float, optional
        What a block of energy takes at least; figures from less than 5 s are marked as such. (0.001 to
        3600; default 5)
    power_model : str, optional
        Estimate energy as time x watts where nothing measured it: watts=W or watts=W,idle_watts=W; labelled
        an estimate.
    sysfs : path, optional
        Folder in which sys/ and proc/ lie (default: this machine's)
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Evaluation
    """
    args = arguments(
        [],
        [
            ("--profile", profile),
            ("--csv", csv),
            ("--bundle", bundle),
            ("--key", key),
            ("--images", images),
            ("--folds", folds),
            ("--policy", policy),
            ("--repetitions", repetitions),
            ("--include-training", include_training),
            ("--strict", strict),
            ("--out", out),
            ("--answers", answers),
            ("--require", require),
            ("--no-adapted", no_adapted),
            ("--seed", seed),
            ("--top", top),
            ("--theta", theta),
            ("--tie-tolerance", tie_tolerance),
            ("--abstain-price", abstain_price),
            ("--chain-k", chain_k),
            ("--p-right-k", p_right_k),
            ("--tree-depth", tree_depth),
            ("--trees", trees),
            ("--svm-gamma", svm_gamma),
            ("--svm-c", svm_c),
            ("--on-none", on_none),
            ("--features", features),
            ("--select-features", select_features),
            ("--select-correlation", select_correlation),
            ("--keep-near-duplicates", keep_near_duplicates),
            ("--backend", backend),
            ("--provider", provider),
            ("--threads", threads),
            ("--graph", graph),
            ("--precision", precision),
            ("--engine-cache", engine_cache),
            ("--ort", ort),
            ("--max-pixels", max_pixels),
            ("--energy", energy),
            ("--energy-block", energy_block),
            ("--power-model", power_model),
            ("--sysfs", sysfs),
            ("--json", True),
        ],
    )
    printed = run("evaluate", args, progress=progress)
    return Evaluation(printed)


def study(
    *,
    profile: Path_,
    out: Path_,
    policy: Sequence[str] | str | None = None,
    chains: Literal["some", "all"] | None = None,
    folds: int | None = None,
    curve_images: int | None = None,
    curve_folds: int | None = None,
    no_adapted: bool = False,
    no_pictures: bool = False,
    seed: int | None = None,
    top: Literal[1, 5] | None = None,
    theta: float | None = None,
    tie_tolerance: float | None = None,
    abstain_price: float | None = None,
    chain_k: int | None = None,
    p_right_k: int | None = None,
    tree_depth: int | None = None,
    trees: int | None = None,
    svm_gamma: float | None = None,
    svm_c: float | None = None,
    on_none: Literal["most-capable", "cheapest"] | None = None,
    features: Sequence[str] | str | None = None,
    select_features: Sequence[str] | str | None = None,
    select_correlation: float | None = None,
    keep_near_duplicates: bool = False,
    progress: bool = True,
) -> Study:
    """The paper's whole study of a profile, as one page with figures.

    Parameters
    ----------
    profile : path
        Profile to study; times are the recorded ones.
    out : path
        Folder for report.html, results.json and tables/*.csv.
    policy : Sequence[str] | str, optional
        Policies to compare; the first is the headline. By default staged, single, p-right, the chains and a
        classifier of each kind. Of: auto, single, p-right, chain, staged, cascade, agreement,
        staged-no-pooling, staged-no-features, staged-no-head, staged-fixed-order; chain:A-B-C with gates
        knn, tree or svm, the last for all that follow; multiclass:A with knn, tree, svm, forest, bayes,
        logistic, boosted. Premodels (p-right, chain, multiclass) may name what they read, as in
        p-right@dnn: a list of features.
    chains : Literal["some", "all"], optional
        Without policy: chains with gates of one kind (some), or of all 27 mixes of three gates (all)
        (default some)
    folds : int, optional
        Folds of the cross-validation of policies. (2 to 1000; default 10)
    curve_images : int, optional
        Sensitivity curves are measured on about so many images; 0: all. (default 2000)
    curve_folds : int, optional
        Folds of each point of a sensitivity curve. (2 to 1000; default 3)
    no_adapted : bool, optional
        Leave out the singles with heads of their own.
    no_pictures : bool, optional
        Put no pictures of the worst cases into the page.
    seed : int, optional
        Seed of splits, turns and resampling. (default 1)
    top : Literal[1, 5], optional
        An answer is right when the label is among its first 1 or 5 classes (labels for learning; tables
        show both) (default 1)
    theta : float, optional
        Portfolio: stop when one more candidate covers less than this share more. (0 to 1; default 0.005)
    tie_tolerance : float, optional
        Costs within this fraction count as equal. (0 to 1; default 0.05)
    abstain_price : float, optional
        Staged: what no answer costs, as a share of what a wrong one costs; 0: always answer. (0 to 1;
        default 0)
    chain_k : int, optional
        Neighbours of each gate of the chain. (1 to 10000; default 5)
    p_right_k : int, optional
        Neighbours of the P(right) premodel. (1 to 10000; default 50)
    tree_depth : int, optional
        Levels of decision trees and of those of forests, at most. (1 to 30; default 16)
    trees : int, optional
        Trees of a forest; rounds of boosting. (1 to 10000; default 100)
    svm_gamma : float, optional
        Of the support vector machines' kernel exp(-gamma d^2) (1e-09 to 1e+06; default 0.001)
    svm_c : float, optional
        Support vector machines: price of an image on the wrong side. (1e-09 to 1e+09; default 1)
    on_none : Literal["most-capable", "cheapest"], optional
        Who answers when no gate says yes: most-capable or cheapest (default most-capable)
    features : Sequence[str] | str, optional
        Image features that premodels read: paper, default, all, or names (help(amsel.profile) lists them);
        dnn: what the DNN of amsel.profile(feature_dnn=...) gives. (default paper)
    select_features : Sequence[str] | str, optional
        Let premodels read the best of these features instead (named as above, usually default): without
        those that correlate, then without those whose loss costs least in cross-validation.
    select_correlation : float, optional
        Of two features whose |r| (Pearson) reaches this, select_features leaves one out. (0 to 1; default
        0.75)
    keep_near_duplicates : bool, optional
        Do not join images that look like one picture: let one be learned from and the other judged on.
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Study

    Notes
    -----
    Everything is judged on images not learned from, beside a null that decides blindly and a bound that knows
    the label: docs/study.md says how to read each figure. No DNN is run; the page needs no network.
    """
    args = arguments(
        [],
        [
            ("--profile", profile),
            ("--out", out),
            ("--policy", policy),
            ("--chains", chains),
            ("--folds", folds),
            ("--curve-images", curve_images),
            ("--curve-folds", curve_folds),
            ("--no-adapted", no_adapted),
            ("--no-pictures", no_pictures),
            ("--seed", seed),
            ("--top", top),
            ("--theta", theta),
            ("--tie-tolerance", tie_tolerance),
            ("--abstain-price", abstain_price),
            ("--chain-k", chain_k),
            ("--p-right-k", p_right_k),
            ("--tree-depth", tree_depth),
            ("--trees", trees),
            ("--svm-gamma", svm_gamma),
            ("--svm-c", svm_c),
            ("--on-none", on_none),
            ("--features", features),
            ("--select-features", select_features),
            ("--select-correlation", select_correlation),
            ("--keep-near-duplicates", keep_near_duplicates),
            ("--json", True),
        ],
    )
    printed = run("study", args, progress=progress)
    return Study(printed, Path(out))


def report(
    results: Path_,
    *,
    out: Path_,
    tables: Path_ | None = None,
    progress: bool = True,
) -> Page:
    """One page with figures, and tables, from results.json.

    Parameters
    ----------
    results : path
        What `amsel.evaluate(out=...)` wrote.
    out : path
        The page: one HTML file that any browser opens, without a network.
    tables : path, optional
        Write the table of each figure here, as CSV files named after the figures.
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    Page

    Notes
    -----
    The page shows the accuracy-latency plane with the Pareto front, the tail of the latency, which candidates
    ran, the headline with its intervals, and every row. Figures are saved from it as SVG, tables as CSV. Only
    RESULTS is read: no profile, bundle or image needs to be there.
    """
    args = arguments(
        [results],
        [
            ("--out", out),
            ("--tables", tables),
        ],
    )
    printed = run("report", args, progress=progress, insists=False)
    return Page(printed, Path(out).read_text(encoding="utf-8"))


def inspect(
    path: str,
    *,
    key: str | None = None,
    verify: bool = False,
    card_defaults: Path_ | None = None,
    sysfs: Path_ | None = None,
    backend: Sequence[str] | str | None = None,
    provider: Sequence[str] | str | None = None,
    threads: int | None = None,
    graph: str | None = None,
    precision: str | None = None,
    engine_cache: Path_ | None = None,
    ort: Path_ | None = None,
    max_pixels: int | None = None,
    run_limit: float | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Say what a zoo, a profile, a bundle or an ONNX file holds; verify zoos, bundles and DNNs; list energy
    meters.

    Parameters
    ----------
    path : str
        Zoo or bundle (folders), profile, or DNN (.onnx, .ort)
    key : str, optional
        Public key of minisign, itself or a file: refuse a bundle whose SHA256SUMS it has not signed.
    verify : bool, optional
        Bundle: checksums, and the conformance tensors on this device. Zoo: load every DNN and match it with
        its card. DNN: load it.
    card_defaults : path, optional
        Card for candidates that have none.
    sysfs : path, optional
        Folder in which sys/ and proc/ lie (default: this machine's)
    backend : Sequence[str] | str, optional
        What runs the DNNs: onnxruntime, or a plug-in by its name or path; for all candidates, or for one
        (may be repeated). Default: onnxruntime, or as the bundle plans.
    provider : Sequence[str] | str, optional
        What the back end shall run on: cpu, cuda, tensorrt, ..., as far as it has it; for all candidates,
        or for one (may be repeated). Default: its first, or as the bundle plans.
    threads : int, optional
        Threads that one candidate may use (default: 1, or as the bundle plans) (1 to 1024)
    graph : str, optional
        Graph optimisation: none, basic, extended or all (default: all, or as the bundle plans)
    precision : str, optional
        full, or half where the back end may compute with 16 bits (default: full, or as the bundle plans)
    engine_cache : path, optional
        Folder for what is compiled from the DNNs (engines of TensorRT), so that it need not be again.
    ort : path, optional
        Path of the ONNX Runtime library, a vendor's too (default: looked for)
    max_pixels : int, optional
        Refuse images that declare more pixels. (default 134217728)
    run_limit : float, optional
        Seconds that one run of a DNN may take; one that takes longer is ended and has failed (by ONNX
        Runtime; plug-ins cannot be ended). 0: no limit. (default 60)
    progress : bool, optional
        Show how far it is.

    Returns
    -------
    dict[str, Any]

    Notes
    -----
    Of a zoo all faults are listed, on stderr, and of a DNN's data files; the exit code is 3 if there are any.
    Exit code 1 when a bundle's candidates answer otherwise here than where it was profiled: certificates are
    void then.
    """
    args = arguments(
        [path],
        [
            ("--key", key),
            ("--verify", verify),
            ("--card-defaults", card_defaults),
            ("--sysfs", sysfs),
            ("--backend", backend),
            ("--provider", provider),
            ("--threads", threads),
            ("--graph", graph),
            ("--precision", precision),
            ("--engine-cache", engine_cache),
            ("--ort", ort),
            ("--max-pixels", max_pixels),
            ("--run-limit", run_limit),
            ("--json", True),
        ],
    )
    printed = run("inspect", args, progress=progress)
    return printed


#: The functions, by the verb that each runs.
BY_VERB: dict[str, Callable[..., Any]] = {
    "init": init,
    "check": check,
    "profile": profile,
    "profile merge": merge,
    "doctor": doctor,
    "train": train,
    "retarget": retarget,
    "evaluate": evaluate,
    "study": study,
    "report": report,
    "inspect": inspect,
}
