;; Imports a clock of WASI, which nobody grants.
(component
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance (export "now" (func (result u64)))))
  (core module $m (func (export "attack")))
  (core instance $i (instantiate $m))
  (func (export "attack") (canon lift (core func $i "attack"))))
