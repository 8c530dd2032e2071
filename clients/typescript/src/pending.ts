// Shapes that the service's document does not describe yet.

export interface Included {
  include_do_not_contact?: boolean;
}

export interface Separated {
  separator?: "comma" | "semicolon";
}
