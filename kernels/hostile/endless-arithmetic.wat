;; Runs a loop for ever that computes and stores.
(component
  (core module $m
    (memory (export "memory") 1)
    (func $mix (export "attack") (local $x i32)
      (loop $again
        (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
        (i32.store (i32.and (local.get $x) (i32.const 0xfffc)) (local.get $x))
        (br $again))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
