;; Executes `unreachable`, two functions deep.
(component
  (core module $m
    (func $boom unreachable)
    (func $middle (call $boom))
    (func (export "attack") (call $middle)))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
