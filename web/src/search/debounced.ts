/** A value once it has rested: what is typed is not looked for letter by letter. */
import { useEffect, useState } from "react";

const REST_MS = 150;

export function useDebounced<T>(value: T): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
