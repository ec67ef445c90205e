;; Reads behind its memory.
(component
  (core module $m
    (memory 1)
    (func $read (param i32) (result i32) (i32.load offset=0xfffffffc (local.get 0)))
    (func (export "attack") (result i32) (call $read (i32.const 0xfffffffc))))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
