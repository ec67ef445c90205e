;; Imports an interface that nobody grants.
(component
  (import "acme:shop/prices@1.0.0" (instance (export "price" (func (param "of" string) (result u32)))))
  (core module $m (func (export "attack")))
  (core instance $i (instantiate $m))
  (func (export "attack") (canon lift (core func $i "attack"))))
