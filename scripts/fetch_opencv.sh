#!/bin/bash
# fetch_opencv.sh x86_64|aarch64 PREFIX: OpenCV as static libraries, with what its PNG, BMP, JPEG and WebP codecs need, built from
# the sources that the PyPI package opencv-python-headless brings, pinned by hash. For wheels and archives, which then ask for no
# OpenCV of the system. It takes ten minutes, once: PREFIX is a link to a folder under ${XDG_CACHE_HOME:-~/.cache}/amsel.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?architecture} link=${2:?prefix}
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
version=4.14.0.94
recipe=$(sha256sum "$0" | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/amsel/opencv-$version-$arch-$recipe
mkdir -p "$(dirname "$link")" "$(dirname "$cache")"
ln -sfn "$cache" "$link"
# All checkouts of this user share it.
exec 8>"$cache.lock"
flock 8
fetch_begin "$cache" "opencv $version $arch $recipe" "OpenCV $version for $arch"
# Its build needs these before pip will hand out the sources.
own_pip install scikit-build==0.18.1 setuptools==80.9.0 wheel==0.45.1 ||
  die 'pip could not install scikit-build (see .deps/log/pip.log)'
echo "opencv-python-headless==$version --hash=sha256:4afa2ea1214453648be88259f035712454faa9039b686de7753569ba8eec1577" >"$tmp/requirements.txt"
own_pip download --require-hashes --no-deps --no-build-isolation --no-binary :all: -r "$tmp/requirements.txt" -d "$tmp" ||
  die "pip could not fetch the sources of opencv-python-headless==$version (see .deps/log/pip.log)"
mkdir "$tmp/source"
tar xzf "$tmp"/opencv_python_headless-*.tar.gz -C "$tmp/source" --strip-components=1

options=(
  -DBUILD_LIST=core,imgproc,imgcodecs,features2d,ml -DBUILD_SHARED_LIBS=OFF -DENABLE_PIC=ON -DCMAKE_POSITION_INDEPENDENT_CODE=ON
  -DOPENCV_FORCE_3RDPARTY_BUILD=ON -DBUILD_JPEG=ON -DBUILD_PNG=ON -DBUILD_WEBP=ON -DBUILD_ZLIB=ON
  -DBUILD_TESTS=OFF -DBUILD_PERF_TESTS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOCS=OFF -DBUILD_opencv_apps=OFF -DBUILD_JAVA=OFF
  -DBUILD_opencv_python2=OFF -DBUILD_opencv_python3=OFF -DOPENCV_GENERATE_PKGCONFIG=OFF
)
# Of its layers over others' kernels none: IPP and Carotene would round otherwise on one processor than on the other, and KleidiCV's
# sources come from a server that is no package registry.
for unwanted in LAPACK TBB IPP CAROTENE KLEIDICV ITT OPENCL EIGEN PROTOBUF ADE QUIRC FFMPEG GSTREAMER V4L GTK VA 1394 TIFF JASPER OPENJPEG OPENEXR \
  GDAL GDCM AVIF SPNG FLATBUFFERS IMGCODEC_HDR IMGCODEC_SUNRASTER IMGCODEC_PXM IMGCODEC_PFM IMGCODEC_GIF; do
  options+=("-DWITH_$unwanted=OFF")
done
[[ $arch == "$(uname -m)" ]] || options+=("-DCMAKE_TOOLCHAIN_FILE=$PWD/cmake/$arch-linux-gnu.toolchain.cmake")
# Where it is built is not to be told: not by its messages, which name its sources, nor by what it says of its own build.
flags="-ffunction-sections -fdata-sections -ffile-prefix-map=$tmp/source/="
log=$PWD/.deps/log/opencv.log
{
  cmake -S "$tmp/source/opencv" -B "$tmp/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$out" \
    -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" "${options[@]}" &&
    find "$tmp/build" \( -name version_string.inc -o -name opencv_data_config.hpp \) -exec sed -i "s|$tmp/||g; s|$HOME/||g" {} + &&
    cmake --build "$tmp/build" -j "${JOBS:-$(nproc)}" --target install
} >"$log" 2>&1 || die "OpenCV could not be built (see $log)"
# Of what it links it installs all licences but these.
cp "$tmp/source/opencv/3rdparty/libwebp/COPYING" "$out/share/licenses/opencv4/libwebp-COPYING"
cp "$tmp/source/opencv/LICENSE" "$tmp/source/opencv/COPYRIGHT" "$out/share/licenses/opencv4/"
fetch_end
