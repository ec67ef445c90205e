;; Divides the least number by -1.
(component
  (core module $m
    (func $divide (param i32) (result i32) (i32.div_s (i32.const 0x80000000) (local.get 0)))
    (func (export "attack") (result i32) (call $divide (i32.const -1))))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
