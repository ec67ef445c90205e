;; A component that calls into one of its own children: the child counts as entered with its parent.
(component
  (component $child
    (core module $m (func (export "f") (result i32) (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $i "f"))))
  (instance $child (instantiate $child))
  (core func $f (canon lower (func $child "f")))
  (core module $m
    (import "i" "f" (func $f (result i32)))
    (func (export "ok") (result i32) (i32.const 42))
    (func (export "calls-its-child") (result i32) (call $f)))
  (core instance $i (instantiate $m (with "i" (instance (export "f" (func $f))))))
  (func (export "ok") (result u32) (canon lift (core func $i "ok")))
  (func (export "calls-its-child") (result u32) (canon lift (core func $i "calls-its-child"))))
