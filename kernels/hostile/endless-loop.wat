;; Runs an empty loop for ever.
(component
  (core module $m
    (func $spin (export "attack") (loop $again (br $again))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
