import { TextInput } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";

const DayRange = lazy(() => import("./day-range"));

/** Loads the calendar after the list; until then a field of the same size takes its place. */
export function LazyDayRange(props: ComponentProps<typeof DayRange>) {
  return (
    <Suspense fallback={<TextInput label={props.label} placeholder={props.placeholder} w={props.w ?? 172} disabled />}>
      <DayRange {...props} />
    </Suspense>
  );
}
