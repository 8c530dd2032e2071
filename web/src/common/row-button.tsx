import { Button } from "@mantine/core";
import type { IconProps } from "@tabler/icons-react";
import type { ComponentType } from "react";

interface Props {
  icon: ComponentType<IconProps>;
  label: string;
  pending: boolean;
  onClick: () => void;
}

/** A button for an action on a table row. */
export function RowButton({ icon: Icon, label, pending, onClick }: Props) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<Icon size={16} aria-hidden />}
      onClick={onClick}
      loading={pending}
    >
      {label}
    </Button>
  );
}
