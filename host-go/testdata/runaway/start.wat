;; A component whose start function never ends. Rebuild as said in ../things/things.wat.
(component
  (core module $m
    (func $start (loop $again (br $again)))
    (func (export "work") (param i32) (result i32) (local.get 0))
    (start $start))
  (core instance $m (instantiate $m))
  (func $work (param "n" u32) (result u32) (canon lift (core func $m "work")))
  (instance $calls (export "work" (func $work)))
  (export "test:runaway/calls@1.0.0" (instance $calls)))
