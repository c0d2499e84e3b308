#!/bin/sh
# Makes demo.flv, the clip that `springhead demo` repeats for ever: ripples that spread from a spring, and a bell for
# each of its drops. Needs ffmpeg >= 5.1 with libx264, and no font, file or network.
#
#   ./make.sh [output.flv]
#
# What matters, because the clip is looped by adding its length to every timestamp:
#
# * 320 pictures at 25/s and 600 AAC frames of 1024 samples at 48 kHz both last 12 800 ms exactly, so the n-th round
#   is the clip + n * 12 800 ms on both tracks, and a millisecond clock closes on itself without rounding.
# * Picture and sound are periodic in those 12.8 s: the last picture flows into the first, the tail of the last bell
#   rings on over the seam.
# * The pictures are five closed GOPs of 64: nothing at the end of the clip refers to its beginning. Two B-pictures, with
#   one used as a reference, so that dts != pts as from any real encoder.
# * An AAC encoder begins with priming and from silence. Here it codes three rounds and the 600 frames of the middle one
#   are kept: no priming, no edit list, and the first frame overlaps with what the last one left behind.
# * dts 0 is the first picture's; it is shown two pictures (80 ms) later, the time that reordering needs. The sound is
#   turned by as much, so that all timestamps of a round are in [0, 12 800) and a bell is heard with its drop.
# * No sequence end tag, no duration: a live stream has neither.
set -eu

out=${1:-"$(dirname "$0")/demo.flv"}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Luma: rings that travel outwards, 16 in a round; bright where a drop has just fallen (every 1.6 s); a bead that runs
# once around the rim in 12.8 s. Chroma: two slow waves between blue and green. P is the phase of the round.
p='(2*PI*N/320)'
radius='hypot(X-W/2,(Y-H/2)*1.15)'
rings="28*sin(${radius}/13-16*${p})*exp(-${radius}/220)"
drop="90*exp(-mod(N,40)/7)*exp(-pow(${radius}/26,2))"
bead="120*exp(-(pow(X-W/2-250*sin(${p}),2)+pow(Y-H/2+140*cos(${p}),2))/60)"
luma="66+${rings}+${drop}+${bead}+26*(1-Y/H)"
blue="150+14*sin(${p}+X/90)+10*cos(2*${p}-Y/70)"
red="104+12*sin(${p}-Y/80+1)+8*cos(${p}+X/120)"

ffmpeg -nostdin -v error -y \
  -f lavfi -i "color=s=640x360:r=25:d=12.8,format=yuv420p,geq=lum='${luma}':cb='${blue}':cr='${red}'" \
  -frames:v 320 -color_range tv -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
  -c:v libx264 -preset veryslow -profile:v high -level:v 3.0 -crf 24 -maxrate 440k -bufsize 880k \
  -bf 2 -g 64 -keyint_min 64 -sc_threshold 0 -x264-params "open-gop=0:b-pyramid=normal:threads=1" \
  -fflags +bitexact -f nut "$tmp/video.nut"

# One bell per drop, a pentatonic phrase: a partial pair of 1 : 2.76 (a bar's) under an exponential decay. The bells lean
# to the left and to the right by turns. Each rings over the seam because its age is taken modulo the round.
left=0
right=0
n=0
for pitch in 440 523.25 659.26 587.33 783.99 659.26 523.25 392; do
  age="mod(t-0.08+25.6-${n}*1.6,12.8)"
  bell="(1-exp(-${age}*400))*(0.8*exp(-${age}*2.2)*sin(2*PI*${pitch}*${age})+0.2*exp(-${age}*6)*sin(2*PI*2.76*${pitch}*${age}))"
  if [ $((n % 2)) -eq 0 ]; then a=0.26 b=0.16; else a=0.16 b=0.26; fi
  left="${left}+${a}*${bell}"
  right="${right}+${b}*${bell}"
  n=$((n + 1))
done

# Frame 0 is the priming; frame 601 is the first of the middle round.
ffmpeg -nostdin -v error -y \
  -f lavfi -i "aevalsrc=exprs='${left}|${right}':s=48000:d=38.4:c=stereo" \
  -c:a aac -profile:a aac_low -b:a 96k -bsf:a "noise=drop='lt(n\,601)+gt(n\,1200)',setts=ts=PTS-STARTPTS" \
  -fflags +bitexact -flags:a +bitexact -f nut "$tmp/audio.nut"

ffmpeg -nostdin -v error -y -i "$tmp/video.nut" -i "$tmp/audio.nut" -map 0:v -map 1:a -c copy \
  -copyts -bsf:v "setts=pts=PTS-STARTDTS:dts=DTS-STARTDTS" \
  -fflags +bitexact -map_metadata -1 -flvflags no_sequence_end+no_duration_filesize -f flv "$out"
