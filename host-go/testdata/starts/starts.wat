;; A component whose start function calls its host, and remembers the answer: `seed` gives it. Rebuild as said in
;; ../things/things.wat.
(component
  (import "test:wat/seed@0.2.1" (instance $env (export "draw" (func (result u32)))))
  (core func $draw (canon lower (func $env "draw")))
  (core module $m
    (import "env" "draw" (func $draw (result i32)))
    (global $seed (mut i32) (i32.const 0))
    (func $start (global.set $seed (call $draw)))
    (func (export "seed") (result i32) (global.get $seed))
    (start $start))
  (core instance $m (instantiate $m (with "env" (instance (export "draw" (func $draw))))))
  (func $seed (result u32) (canon lift (core func $m "seed")))
  (instance $exports (export "seed" (func $seed)))
  (export "test:wat/starts@1.0.0" (instance $exports)))
