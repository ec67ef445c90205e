;; What a host refuses to link: imports that are missing, of another kind or of another type.

;; Missing.
(assert_unlinkable (component (import "nobody-has-this" (func))) "not found")
(assert_unlinkable (component (import "nobody:has/this" (instance (export "f" (func))))) "not found")
(assert_unlinkable (component (import "nobody-has-this" (core module))) "not found")
(assert_unlinkable (component (import "nobody-has-this" (type (sub resource)))) "not found")
(assert_unlinkable (component (import "host" (instance (export "return-five" (func (result u32)))))) "not found")
(assert_unlinkable
  (component (import "host" (instance (export "nested" (instance (export "return-five" (func (result u32))))))))
  "not found")
(assert_unlinkable (component (import "host" (instance (export "resource3" (type (sub resource)))))) "not found")

;; Of another kind.
(assert_unlinkable (component (import "host-return-two" (instance))) "expected instance")
(assert_unlinkable (component (import "host-return-two" (core module))) "expected module")
(assert_unlinkable (component (import "host-return-two" (type (sub resource)))) "expected resource")
(assert_unlinkable (component (import "host" (func))) "expected func")
(assert_unlinkable (component (import "host" (core module))) "expected module")
(assert_unlinkable (component (import "host" (instance (export "nested" (func))))) "expected func")
(assert_unlinkable (component (import "host" (instance (export "return-three" (instance))))) "expected instance")
(assert_unlinkable
  (component (import "host" (instance (export "return-three" (type (sub resource))))))
  "expected resource")
(assert_unlinkable (component (import "host" (instance (export "resource1" (func))))) "expected func")
(assert_unlinkable (component (import "host" (instance (export "simple-module" (func))))) "expected func")

;; Functions of another type: too many parameters, too few, other ones, other results.
(assert_unlinkable (component (import "host-return-two" (func))) "type mismatch")
(assert_unlinkable (component (import "host-return-two" (func (result s32)))) "type mismatch")
(assert_unlinkable (component (import "host-return-two" (func (result u64)))) "type mismatch")
(assert_unlinkable (component (import "host-return-two" (func (result (tuple u32))))) "type mismatch")
(assert_unlinkable (component (import "host-return-two" (func (result (option u32))))) "type mismatch")
(assert_unlinkable (component (import "host-return-two" (func (param "v" u32) (result u32)))) "type mismatch")
(assert_unlinkable (component (import "host-echo-u32" (func (result u32)))) "type mismatch")
(assert_unlinkable (component (import "host-echo-u32" (func (param "v" u32)))) "type mismatch")
(assert_unlinkable (component (import "host-echo-u32" (func (param "v" u8) (result u32)))) "type mismatch")
(assert_unlinkable (component (import "host-echo-u32" (func (param "v" string) (result u32)))) "type mismatch")
(assert_unlinkable
  (component (import "host" (instance (export "return-hi" (func (result (list u8)))))))
  "type mismatch")

;; With another resource than the one that it says.
(assert_unlinkable
  (component (import "host" (instance
    (export "resource1" (type (sub resource)))
    (export "resource2" (type $r (sub resource)))
    (export "[static]resource1.assert" (func (param "r" (own $r)) (param "rep" u32)))
  )))
  "mismatched resource types")
(assert_unlinkable
  (component (import "host" (instance
    (export "resource1" (type (sub resource)))
    (export "resource2" (type $r (sub resource)))
    (export "resource1-again" (type (eq $r)))
  )))
  "mismatched resource types")

;; The same resource by two names is fine, also where one is to equal the other; so is a name that the host lacks.
(component (import "host" (instance
  (export "resource1" (type (sub resource)))
  (export "resource2" (type (sub resource)))
  (export "resource1-again" (type (sub resource)))
)))
(component (import "host" (instance
  (export "resource1" (type $r (sub resource)))
  (export "resource1-again" (type (eq $r)))
  (export "known-to-nobody" (type (eq $r)))
  (export "[constructor]resource1" (func (param "r" u32) (result (own $r))))
)))

;; Between instances: kinds, functions, and resources that are distinct for each instance.
(component definition $Def
  (type $r' (resource (rep i32)))
  (export $r "r" (type $r'))
  (core module $m
    (func (export "f") (param i32) (result i32) (local.get 0))
  )
  (core instance $i (instantiate $m))
  (core func $new (canon resource.new $r))
  (func (export "new") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (func (export "take") (param "r" (own $r)) (result u32) (canon lift (core func $i "f")))
)
(component instance $one $Def)
(component instance $two $Def)
(component (import "one" (instance
  (export "r" (type $r (sub resource)))
  (export "new" (func (param "rep" u32) (result (own $r))))
  (export "f" (func (param "x" u32) (result u32)))
  (export "take" (func (param "r" (own $r)) (result u32)))
)))
(assert_unlinkable (component (import "one" (func))) "expected func")
(assert_unlinkable (component (import "one" (instance (export "g" (func))))) "not found")
(assert_unlinkable (component (import "one" (instance (export "f" (instance))))) "expected instance")
(assert_unlinkable (component (import "one" (instance (export "f" (func (param "x" u32)))))) "type mismatch")
(assert_unlinkable
  (component (import "one" (instance (export "f" (func (param "x" u64) (result u32))))))
  "type mismatch")
(assert_unlinkable
  (component
    (import "one" (instance $one (export "r" (type (sub resource)))))
    (alias export $one "r" (type $r))
    (import "two" (instance (export "r" (type (eq $r)))))
  )
  "mismatched resource types")
(assert_unlinkable
  (component
    (import "two" (instance $two (export "r" (type (sub resource)))))
    (alias export $two "r" (type $r))
    (import "one" (instance (export "new" (func (param "rep" u32) (result (own $r))))))
  )
  "type mismatch")
(assert_unlinkable
  (component (import "one" (instance
    (export "r" (type $r (sub resource)))
    (export "take" (func (param "r" (borrow $r)) (result u32)))
  )))
  "type mismatch")
