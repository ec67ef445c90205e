;; Calls itself for ever with 16 values that outlive the call.
(component
  (core module $m
    (func $wide (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
      (call $wide (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14) (local.get 15) (i64.add (local.get 0) (i64.const 1)))
      (i64.add (local.get 0)) (i64.add (local.get 1)) (i64.add (local.get 2)) (i64.add (local.get 3)) (i64.add (local.get 4)) (i64.add (local.get 5)) (i64.add (local.get 6)) (i64.add (local.get 7)) (i64.add (local.get 8)) (i64.add (local.get 9)) (i64.add (local.get 10)) (i64.add (local.get 11)) (i64.add (local.get 12)) (i64.add (local.get 13)) (i64.add (local.get 14)) (i64.add (local.get 15)))
    (func (export "attack")
      (i64.const 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (i64.const 10) (i64.const 11) (i64.const 12) (i64.const 13) (i64.const 14) (i64.const 15)
      (drop (call $wide))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
