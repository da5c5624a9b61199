# shellcheck shell=bash
# Sourced by arm64_sysroot.sh and try_wheel_arm64.sh: folders that qemu takes for the root of a Debian on 64-bit Arm.

# arm64_root ROOT LOG PACKAGE...: this machine's Debian release for arm64, from its own apt sources, with these packages and what they
# depend on: their files, in usr and lib* alone. No install script runs.
arm64_root() {
  local root=$1 log=$2 sources=() include VERSION_CODENAME='' cpu
  shift 2
  # shellcheck source=/dev/null
  . /etc/os-release
  # Only the lists that name this release: others (of a vendor, say) seldom have arm64.
  mapfile -t sources < <(grep -lsE "(^|[[:space:]])$VERSION_CODENAME([[:space:]-]|\$)" \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
  [[ ${#sources[@]} -gt 0 ]] || { echo "setup: no apt source on this machine names the release '$VERSION_CODENAME'" >&2; return 1; }
  include=$(IFS=, && printf '%s' "$*")
  mmdebstrap --quiet --architectures=arm64 --variant=extract --include="$include" \
    "$VERSION_CODENAME" "$root" "${sources[@]}" >"$log" 2>&1 ||
    { echo "setup: mmdebstrap could not fetch the arm64 packages (see $log)" >&2; return 1; }

  # qemu prefers whatever file is under the root to this machine's, so keep only what a program links and loads ...
  find "$root" -mindepth 1 -maxdepth 1 ! -name usr ! -name 'lib*' -exec rm -rf {} +
  (cd "$root/usr" && rm -rf sbin share/doc share/man share/locale)
  # ... and, since ONNX Runtime reads it as an Arm kernel writes it, this.
  mkdir "$root/proc"
  for ((cpu = 0; cpu < $(nproc); cpu++)); do
    printf 'processor\t: %d\nBogoMIPS\t: 38.40\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd03\nCPU revision\t: 4\n\n' "$cpu"
  done >"$root/proc/cpuinfo"
}
