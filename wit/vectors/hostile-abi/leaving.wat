;; An allocator and a post-return that call another component, when they may not leave their own.
(component
  (component $inner
    (core module $m (func (export "f") (result i32) (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $i "f"))))
  (instance $inner (instantiate $inner))
  (component $caller
    (import "f" (func $f (result u32)))
    (core func $core-f (canon lower (func $f)))
    (core module $m
      (import "i" "f" (func $f (result i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $f))
      (func (export "post-return") (param i32) (drop (call $f)))
      (func (export "length") (param i32 i32) (result i32) (local.get 1))
      (func (export "ok") (result i32) (i32.add (call $f) (i32.const 26))))
    (core instance $i (instantiate $m (with "i" (instance (export "f" (func $core-f))))))
    (func (export "ok") (result u32) (canon lift (core func $i "ok")))
    (func (export "while-lowering") (param "x" string) (result u32)
      (canon lift (core func $i "length") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "after-returning") (result u32) (canon lift (core func $i "ok") (post-return (core func $i "post-return")))))
  (instance $caller (instantiate $caller (with "f" (func $inner "f"))))
  (export "ok" (func $caller "ok"))
  (export "while-lowering" (func $caller "while-lowering"))
  (export "after-returning" (func $caller "after-returning")))
