;; One instruction or type of each proposal that engines run, and a mutable vector, which no host can copy.
(component
  (core module $m
    (memory 1)
    (table 1 funcref)
    (table 1 funcref)
    (global $v (mut v128) (v128.const i64x2 1 2))
    (data $d "abc")
    (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 2))
    (func (export "f") (param i32 f32) (result i32)
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))
      (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))
      (i32.add (i32.extend8_s (local.get 0)) (i32.trunc_sat_f32_s (local.get 1)))))
  (core instance $i (instantiate $m))
  (func (export "f") (param "a" s32) (param "b" f32) (result s32) (canon lift (core func $i "f"))))
