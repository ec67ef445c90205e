;; A resource with a destructor, a constructor, a method and a static function.
(component
  (core module $dtor (func (export "drop") (param i32)))
  (core instance $dtor (instantiate $dtor))
  (type $blob (resource (rep i32) (dtor (core func $dtor "drop"))))
  (core func $new (canon resource.new $blob))
  (core func $rep (canon resource.rep $blob))
  (core func $drop (canon resource.drop $blob))
  (core module $m
    (import "blob" "new" (func $new (param i32) (result i32)))
    (import "blob" "rep" (func $rep (param i32) (result i32)))
    (import "blob" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "size") (param i32) (result i32) (local.get 0))
    (func (export "merge") (param i32 i32) (result i32) (call $drop (local.get 1)) (local.get 0)))
  (core instance $m (instantiate $m (with "blob" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (export $blob-out "blob" (type $blob))
  (func $make (param "size" u32) (result (own $blob-out)) (canon lift (core func $m "make")))
  (func $size (param "self" (borrow $blob-out)) (result u32) (canon lift (core func $m "size")))
  (func $merge (param "a" (own $blob-out)) (param "b" (own $blob-out)) (result (own $blob-out)) (canon lift (core func $m "merge")))
  (component $interface
    (import "blob" (type $blob (sub resource)))
    (import "make" (func $make (param "size" u32) (result (own $blob))))
    (import "size" (func $size (param "self" (borrow $blob)) (result u32)))
    (import "merge" (func $merge (param "a" (own $blob)) (param "b" (own $blob)) (result (own $blob))))
    (export $out "blob" (type $blob))
    (export "[constructor]blob" (func $make) (func (param "size" u32) (result (own $out))))
    (export "[method]blob.size" (func $size) (func (param "self" (borrow $out)) (result u32)))
    (export "[static]blob.merge" (func $merge) (func (param "a" (own $out)) (param "b" (own $out)) (result (own $out)))))
  (instance $blobs (instantiate $interface
    (with "blob" (type $blob-out)) (with "make" (func $make)) (with "size" (func $size)) (with "merge" (func $merge))))
  (export "acme:store/blobs@0.1.0" (instance $blobs)))
