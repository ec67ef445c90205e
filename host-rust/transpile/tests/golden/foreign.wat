;; An exported interface with functions over types of its own and of an interface that is imported for its types.
(component
  (import "acme:base/types@2.0.0" (instance $base
    (type $point (record (field "x" f64) (field "y" f64)))
    (export "point" (type (eq $point)))))
  (alias export $base "point" (type $point))
  (core module $m (func (export "f") (param f64 f64) (result f64) unreachable))
  (core instance $i (instantiate $m))
  (func $f (param "p" $point) (result f64) (canon lift (core func $i "f")))
  (instance $shapes (export "norm" (func $f)) (export "async" (func $f)))
  (export "acme:shapes/plane" (instance $shapes)))
