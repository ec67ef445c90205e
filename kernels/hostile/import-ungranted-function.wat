;; Imports a function that nobody grants.
(component
  (import "launch" (func (param "code" u64)))
  (core module $m (func (export "attack")))
  (core instance $i (instantiate $m))
  (func (export "attack") (canon lift (core func $i "attack"))))
