;; Runs a loop for ever in the destructor of a resource that it drops.
(component
  (core module $dtor (func $spin (export "dtor") (param i32) (loop $again (br $again))))
  (core instance $dtor (instantiate $dtor))
  (type $r (resource (rep i32) (dtor (core func $dtor "dtor"))))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core module $m
    (import "r" "new" (func $new (param i32) (result i32)))
    (import "r" "drop" (func $drop (param i32)))
    (func (export "attack") (call $drop (call $new (i32.const 1)))))
  (core instance $i (instantiate $m (with "r" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
