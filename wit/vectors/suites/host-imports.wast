;; Functions of the host: at the root, in an instance and in a nested one, with scalars and with a string.

(component
  (import "host-echo-u32" (func $echo (param "v" u32) (result u32)))
  (import "host-return-two" (func $two (result u32)))
  (import "host" (instance $host
    (export "return-three" (func (result u32)))
    (export "nested" (instance (export "return-four" (func (result u32)))))
  ))
  (alias export $host "nested" (instance $nested))

  (core func $echo (canon lower (func $echo)))
  (core func $two (canon lower (func $two)))
  (core func $three (canon lower (func $host "return-three")))
  (core func $four (canon lower (func $nested "return-four")))
  (core instance $imports
    (export "echo" (func $echo))
    (export "two" (func $two))
    (export "three" (func $three))
    (export "four" (func $four))
  )
  (core module $m
    (import "" "echo" (func $echo (param i32) (result i32)))
    (import "" "two" (func $two (result i32)))
    (import "" "three" (func $three (result i32)))
    (import "" "four" (func $four (result i32)))
    (func (export "digits") (result i32)
      (i32.add
        (i32.mul (call $two) (i32.const 100))
        (i32.add (i32.mul (call $three) (i32.const 10)) (call $four))))
    (func (export "echo-twice") (param i32) (result i32)
      (call $echo (call $echo (local.get 0))))
  )
  (core instance $i (instantiate $m (with "" (instance $imports))))
  (func (export "digits") (result u32) (canon lift (core func $i "digits")))
  (func (export "echo-twice") (param "v" u32) (result u32) (canon lift (core func $i "echo-twice")))
)
(assert_return (invoke "digits") (u32.const 234))
(assert_return (invoke "echo-twice" (u32.const 0)) (u32.const 0))
(assert_return (invoke "echo-twice" (u32.const 4294967295)) (u32.const 4294967295))

;; A string comes back through the caller's allocator and in the caller's encoding.
(component
  (import "host" (instance $host (export "return-hi" (func (result string)))))
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get 2))))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (memory.copy (local.get $at) (local.get 0) (local.get 1))
      (local.get $at))
  )
  (core instance $libc (instantiate $libc))
  (core func $utf8 (canon lower (func $host "return-hi")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $utf16 (canon lower (func $host "return-hi")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16))
  (core func $compact (canon lower (func $host "return-hi")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=latin1+utf16))
  (core module $m
    (import "libc" "memory" (memory 1))
    (import "" "utf8" (func $utf8 (param i32)))
    (import "" "utf16" (func $utf16 (param i32)))
    (import "" "compact" (func $compact (param i32)))
    ;; Each: the first two bytes of the text, as a number, and the length in code units.
    (func (export "utf8") (result i32)
      (call $utf8 (i32.const 8))
      (i32.add
        (i32.mul (i32.load16_u (i32.load (i32.const 8))) (i32.const 10))
        (i32.load (i32.const 12))))
    (func (export "utf16") (result i32)
      (call $utf16 (i32.const 8))
      (i32.add
        (i32.mul (i32.load16_u (i32.load (i32.const 8))) (i32.const 10))
        (i32.load (i32.const 12))))
    (func (export "compact") (result i32)
      (call $compact (i32.const 8))
      (i32.add
        (i32.mul (i32.load16_u (i32.load (i32.const 8))) (i32.const 10))
        (i32.load (i32.const 12))))
  )
  (core instance $i (instantiate $m
    (with "libc" (instance $libc))
    (with "" (instance
      (export "utf8" (func $utf8))
      (export "utf16" (func $utf16))
      (export "compact" (func $compact))
    ))
  ))
  (func (export "utf8") (result u32) (canon lift (core func $i "utf8")))
  (func (export "utf16") (result u32) (canon lift (core func $i "utf16")))
  (func (export "compact") (result u32) (canon lift (core func $i "compact")))
)
;; "hi" is 0x6968 as two bytes, 'h' is 0x68.
(assert_return (invoke "utf8") (u32.const 269842))
(assert_return (invoke "utf16") (u32.const 1042))
(assert_return (invoke "compact") (u32.const 269842))

;; The same where there is room for the result's address only at an odd place: that is no place for it.
(component
  (import "host" (instance $host (export "return-hi" (func (result string)))))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
  )
  (core instance $libc (instantiate $libc))
  (core func $hi (canon lower (func $host "return-hi")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "" "hi" (func $hi (param i32)))
    (func (export "at") (param i32) (call $hi (local.get 0)))
  )
  (core instance $i (instantiate $m (with "" (instance (export "hi" (func $hi))))))
  (func (export "at") (param "address" u32) (canon lift (core func $i "at")))
)
(assert_return (invoke "at" (u32.const 65528)))
(assert_trap (invoke "at" (u32.const 9)) "unaligned")

;; What was imported can be handed to a component within, and be called there on its start.
(component
  (import "host" (instance $host (export "return-three" (func (result u32)))))
  (component $inner
    (import "three" (func $f (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $m
      (import "" "f" (func $f (result i32)))
      (global $g (mut i32) (i32.const 0))
      (func $start (global.set $g (i32.add (call $f) (call $f))))
      (start $start)
      (func (export "six") (result i32) (global.get $g))
    )
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "six") (result u32) (canon lift (core func $i "six")))
  )
  (instance $a (instantiate $inner (with "three" (func $host "return-three"))))
  (export "six" (func $a "six"))
)
(assert_return (invoke "six") (u32.const 6))

;; A core module of the host: its function and its global, in two instances.
(component
  (import "host" (instance $host
    (export "simple-module" (core module
      (export "f" (func (result i32)))
      (export "g" (global i32))
    ))
  ))
  (core instance $a (instantiate (module $host "simple-module")))
  (core instance $b (instantiate (module $host "simple-module")))
  (core module $m
    (import "a" "f" (func $f (result i32)))
    (import "b" "g" (global $g i32))
    (func (export "sum") (result i32) (i32.add (call $f) (global.get $g)))
  )
  (core instance $i (instantiate $m (with "a" (instance $a)) (with "b" (instance $b))))
  (func (export "sum") (result u32) (canon lift (core func $i "sum")))
)
(assert_return (invoke "sum") (u32.const 201))

;; Types and empty instances need no host.
(component
  (import "nobody:has/this" (instance))
  (import "nobody:has/types" (instance
    (export "nested" (instance))
    (type $point (record (field "x" s32) (field "y" s32)))
    (export "point" (type $p (eq $point)))
    (export "points" (type (eq $p)))
  ))
)

;; An import that is lowered and lifted again without any code between, with another type of the same shape.
(component
  (import "host-echo-u32" (func $echo (param "v" u32) (result u32)))
  (core func $lowered (canon lower (func $echo)))
  (func (export "echo") (param "v" s32) (result s32) (canon lift (core func $lowered)))
)
(assert_return (invoke "echo" (s32.const -7)) (s32.const -7))
(assert_return (invoke "echo" (s32.const 2147483647)) (s32.const 2147483647))
