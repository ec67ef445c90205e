;; Two interfaces of tenon:guests over one memory: strings, whose strings are UTF-16, and narrow-strings, whose strings
;; are Latin-1 or UTF-16. Allocation moves a pointer; what a call allocated is given back by its post-return.
(component
  (core module $code
    (memory (export "memory") 1)
    ;; The first free byte. Results of several values stand in the 16 bytes from 16, the heap starts at 64.
    (global $free (mut i32) (i32.const 64))

    ;; realloc: as the canonical ABI asks for it; eight bytes of alignment are enough for all types.
    (func $realloc (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (if (i32.and (i32.ne (local.get $old) (i32.const 0)) (i32.le_u (local.get $size) (local.get $old-size)))
        (then (return (local.get $old))))
      (local.set $at (global.get $free))
      ;; Twice 2^28 bytes at most are asked for, and the memory ends the growth: no overflow.
      (global.set $free (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits
          (i32.ne
            (memory.grow
              (i32.sub
                (i32.add (i32.shr_u (global.get $free) (i32.const 16)) (i32.const 1))
                (memory.size)))
            (i32.const -1)))
        unreachable)
      (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
      (local.get $at))

    (func $alloc (param $size i32) (result i32)
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (local.get $size)))

    ;; reset: the post-return of every function.
    (func (export "reset") (param i32)
      (global.set $free (i32.const 64)))

    ;; $pair: a result of two numbers, a string for one.
    (func $pair (param $first i32) (param $second i32) (result i32)
      (i32.store (i32.const 16) (local.get $first))
      (i32.store (i32.const 20) (local.get $second))
      (i32.const 16))

    (func (export "echo") (param $text i32) (param $length i32) (result i32)
      (call $pair (local.get $text) (local.get $length)))

    (func (export "units") (param $text i32) (param $length i32) (result i32)
      (local.get $length))

    (func (export "reverse") (param $text i32) (param $length i32) (result i32)
      (local $out i32) (local $i i32)
      (local.set $out (call $alloc (i32.shl (local.get $length) (i32.const 1))))
      (block $done
        (loop $next
          (br_if $done (i32.eq (local.get $i) (local.get $length)))
          (i32.store16
            (i32.add (local.get $out) (i32.shl (local.get $i) (i32.const 1)))
            (i32.load16_u
              (i32.add
                (local.get $text)
                (i32.shl (i32.sub (i32.sub (local.get $length) (local.get $i)) (i32.const 1)) (i32.const 1)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
      (call $pair (local.get $out) (local.get $length)))

    (func (export "concat") (param $texts i32) (param $count i32) (result i32)
      (local $out i32) (local $size i32) (local $at i32) (local $end i32)
      (local.set $end (i32.add (local.get $texts) (i32.shl (local.get $count) (i32.const 3))))
      ;; First the size: the heap must not move while the texts are copied.
      (local.set $at (local.get $texts))
      (block $done
        (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $end)))
          (local.set $size (i32.add (local.get $size) (i32.shl (i32.load offset=4 (local.get $at)) (i32.const 1))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br $next)))
      (local.set $out (call $alloc (local.get $size)))
      (local.set $size (i32.const 0))
      (local.set $at (local.get $texts))
      (block $done
        (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $end)))
          (memory.copy
            (i32.add (local.get $out) (local.get $size))
            (i32.load (local.get $at))
            (i32.shl (i32.load offset=4 (local.get $at)) (i32.const 1)))
          (local.set $size (i32.add (local.get $size) (i32.shl (i32.load offset=4 (local.get $at)) (i32.const 1))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br $next)))
      (call $pair (local.get $out) (i32.shr_u (local.get $size) (i32.const 1))))

    ;; unit: option<u16> is a byte, and the payload at offset 2.
    (func (export "unit") (param $text i32) (param $length i32) (param $index i32) (result i32)
      (i32.store (i32.const 16) (i32.const 0))
      (if (i32.lt_u (local.get $index) (local.get $length))
        (then
          (i32.store8 (i32.const 16) (i32.const 1))
          (i32.store16 offset=2 (i32.const 16)
            (i32.load16_u (i32.add (local.get $text) (i32.shl (local.get $index) (i32.const 1)))))))
      (i32.const 16))

    (func (export "lone") (result i32)
      (i32.store16 (i32.const 32) (i32.const 0xd800))
      (call $pair (i32.const 32) (i32.const 1)))

    ;; form: tuple<u32, bool>; the top bit of the length says UTF-16.
    (func (export "form") (param $text i32) (param $length i32) (result i32)
      (call $pair
        (i32.and (local.get $length) (i32.const 0x7fffffff))
        (i32.shr_u (local.get $length) (i32.const 31))))

    (func (export "wide") (param $units i32) (param $count i32) (result i32)
      (call $pair (local.get $units) (i32.or (local.get $count) (i32.const 0x80000000)))))

  (core instance $i (instantiate $code))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (alias core export $i "reset" (core func $reset))

  (func $echo (param "text" string) (result string)
    (canon lift (core func $i "echo") string-encoding=utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $units (param "text" string) (result u32)
    (canon lift (core func $i "units") string-encoding=utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $reverse (param "text" string) (result string)
    (canon lift (core func $i "reverse") string-encoding=utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $concat (param "texts" (list string)) (result string)
    (canon lift (core func $i "concat") string-encoding=utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $unit (param "text" string) (param "index" u32) (result (option u16))
    (canon lift (core func $i "unit") string-encoding=utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $lone (result string)
    (canon lift (core func $i "lone") string-encoding=utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (instance $strings
    (export "echo" (func $echo))
    (export "units" (func $units))
    (export "reverse" (func $reverse))
    (export "concat" (func $concat))
    (export "unit" (func $unit))
    (export "lone" (func $lone)))
  (export "tenon:guests/strings@1.0.0" (instance $strings))

  (func $narrow-echo (param "text" string) (result string)
    (canon lift (core func $i "echo") string-encoding=latin1+utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $form (param "text" string) (result (tuple u32 bool))
    (canon lift (core func $i "form") string-encoding=latin1+utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $latin1 (param "bytes" (list u8)) (result string)
    (canon lift (core func $i "echo") string-encoding=latin1+utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (func $wide (param "units" (list u16)) (result string)
    (canon lift (core func $i "wide") string-encoding=latin1+utf16
      (memory $memory) (realloc $realloc) (post-return $reset)))
  (instance $narrow
    (export "echo" (func $narrow-echo))
    (export "form" (func $form))
    (export "latin1" (func $latin1))
    (export "wide" (func $wide)))
  (export "tenon:guests/narrow-strings@1.0.0" (instance $narrow)))
