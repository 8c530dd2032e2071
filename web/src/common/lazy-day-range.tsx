import { TextInput } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";

const DayRange = lazy(() => import("./day-range"));

/** The calendar comes after the list: until then a field of the same size holds its place. */
export function LazyDayRange(props: ComponentProps<typeof DayRange>) {
  return (
    <Suspense fallback={<TextInput label={props.label} placeholder={props.placeholder} w={props.w ?? 172} disabled />}>
      <DayRange {...props} />
    </Suspense>
  );
}
