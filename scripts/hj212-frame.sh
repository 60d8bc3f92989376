#!/usr/bin/env bash
# Prints one HJ 212-2017 frame with a COD value, with the right length and CRC, for `nc`.
#
#   scripts/hj212-frame.sh MN PASSWORD COD [yyyyMMddHHmmss] | nc -N 127.0.0.1 9212
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
mn=$1 password=$2 cod=$3
# The devices of the city keep Beijing time.
at=${4:-$(TZ=UTC-8 date +%Y%m%d%H%M%S)}
values="DataTime=$at;w01018-Rtd=$cod,w01018-Flag=N"
segment="QN=${at}000;ST=32;CN=2011;PW=$password;MN=$mn;Flag=5;CP=&&$values&&"

# The standard's CRC: shift, then exclusive-or with the byte (not Modbus).
crc=$((0xFFFF))
for byte in $(printf '%s' "$segment" | od -An -v -tu1); do
  crc=$(((crc >> 8) ^ byte))
  for _ in 1 2 3 4 5 6 7 8; do
    low=$((crc & 1))
    crc=$((crc >> 1))
    if [ $low = 1 ]; then crc=$((crc ^ 0xA001)); fi
  done
done
printf '##%04d%s%04X\r\n' "${#segment}" "$segment" "$crc"
