;; Calls 2^60 functions through a table, without a loop and only 120 deep.
(component
  (core module $m
    (type $step (func (param i32)))
    (table funcref (elem $f0 $step1 $step2))
    (func $f0 (param i32))
    (func $step1 (param $n i32)
      (if (local.get $n) (then (call $twice (i32.sub (local.get $n) (i32.const 1))))))
    (func $step2 (param $n i32) (call $step1 (local.get $n)))
    (func $twice (param $n i32)
      (call_indirect (type $step) (local.get $n) (i32.const 1))
      (call_indirect (type $step) (local.get $n) (i32.const 2)))
    (func (export "attack") (call $twice (i32.const 60))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
