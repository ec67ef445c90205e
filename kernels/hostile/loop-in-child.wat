;; Runs a loop for ever in a component inside it, in a second core module.
(component
  (component $child
    (core module $m (func $spin (export "f") (loop $again (br $again))))
    (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f"))))
  (instance $child (instantiate $child))
  (component $caller
    (import "f" (func $f))
    (core func $core-f (canon lower (func $f)))
    (core module $m
      (import "i" "f" (func $f))
      (func (export "attack") (call $f)))
    (core instance $i (instantiate $m (with "i" (instance (export "f" (func $core-f))))))
    (func $attack (export "attack") (canon lift (core func $i "attack"))))
  (instance $caller (instantiate $caller (with "f" (func $child "f"))))
  (instance $guest (export "attack" (func $caller "attack")))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
