;; A component inside calls another one with a string in another encoding: an adapter between two memories.
(component
  (component $inner
    (core module $m
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
      (func (export "length") (param i32 i32) (result i32) (local.get 1)))
    (core instance $i (instantiate $m))
    (func (export "length") (param "s" string) (result u32)
      (canon lift (core func $i "length") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))
  (component $outer
    (import "length" (func $length (param "s" string) (result u32)))
    (core module $memory (memory (export "mem") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
    (core instance $memory (instantiate $memory))
    (core func $lowered (canon lower (func $length) string-encoding=utf16 (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
    (core module $m
      (import "host" "length" (func $length (param i32 i32) (result i32)))
      (func (export "twice") (result i32) (i32.add (call $length (i32.const 0) (i32.const 4)) (i32.const 1))))
    (core instance $m (instantiate $m (with "host" (instance (export "length" (func $lowered))))))
    (func (export "twice") (result u32) (canon lift (core func $m "twice"))))
  (instance $a (instantiate $inner))
  (instance $b (instantiate $outer (with "length" (func $a "length"))))
  (export "twice" (func $b "twice")))
