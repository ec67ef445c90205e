;; Converts NaN to an integer.
(component
  (core module $m
    (func $convert (param f32) (result i32) (i32.trunc_f32_u (local.get 0)))
    (func (export "attack") (result i32) (call $convert (f32.const nan))))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
