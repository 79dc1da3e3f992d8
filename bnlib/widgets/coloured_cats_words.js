// What a recording of the cats holds, the formula of a picture, and the sentence. No drawing here.

const NETWORKS = [ // class, full name, name in the sentence
  ["bn-plain", "without batch norm", "without batch norm"],
  ["bn-norm", "with it, as trained", "with it, as trained,"],
  ["cats-third", "with it, recalibrated", "recalibrated"],
];
const RULES = { cats: "cats alone, as in training", "ears up": "every animal with its ears up" };
const EIGHTHS = ["black", "⅛ orange", "¼ orange", "⅜ orange", "half orange", "⅝ orange", "¾ orange", "⅞ orange", "orange"];

/** The fur's colour as a word: 0.5 -> "half orange", "white" -> "white". */
export function colourName(colour) {
  return typeof colour === "number" ? EIGHTHS[Math.round(8 * colour)] : colour;
}

/** Red, green and blue of each pixel, 0 to 255: what is not fur, and fur of one colour. */
export function painted(rest, fur, coat) {
  return rest.map((value, i) => value + fur[Math.floor(i / 3)] * coat[i % 3]);
}

/** Typed access to a recording: see `record` in coloured_cats.py. */
export function reading(recorded) {
  const { side, colours, shares, kinds, animals, rules } = recorded;
  const bytes = (name) => {
    const { buffer, byteOffset, byteLength } = recorded[name];
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  const float = (name, index) => recorded[name].getFloat32(4 * index, true);
  const [rest, fur] = [bytes("rest"), bytes("fur")];
  const pixels = side * side;
  return {
    ...recorded,
    places: (state) => ({
      colour: colours.indexOf(state.colour), share: shares.indexOf(state.share), rule: Object.keys(rules).indexOf(state.rule),
    }),
    kind: (animal) => kinds[animals[animal]],
    counts: (rule, animal) => rules[rule].includes(kinds[animals[animal]]),
    picture(animal, colour) {
      const coat = [0, 1, 2].map((c) => float("coats", (colour * animals.length + animal) * 3 + c));
      const [from, to] = [animal * pixels, (animal + 1) * pixels];
      return painted(Array.from(rest.subarray(3 * from, 3 * to)), fur.subarray(from, to), coat);
    },
    /** P(cat) that a network gives an animal; the recalibrated one depends on the share of cats. */
    answer: (network, share, colour, animal) =>
      float("answers", ((network < 2 ? network : 2 + share) * colours.length + colour) * animals.length + animal),
    /** Mean and half-width of the interval, in percent. */
    accuracy(rule, network, share, colour) {
      const at = 2 * (((rule * NETWORKS.length + network) * shares.length + share) * colours.length + colour);
      return [float("accuracy", at), float("accuracy", at + 1)];
    },
    /** How often “cat” is right, in percent. */
    cats: (state) => 100 * (state.share + (1 - state.share) * ((rules[state.rule].length - 1) / (kinds.length - 1))),
  };
}

/** Right answers on the eight animals, for each network. */
export function rightAnswers(read, state) {
  const { colour, share } = read.places(state);
  return NETWORKS.map((_, network) => read.animals.filter((__, animal) =>
    (read.answer(network, share, colour, animal) > 0.5) === read.counts(state.rule, animal)).length);
}

/** What a seeing reader notices, in parts: a text, or [network, text]. */
export function describe(read, state) {
  const { colour, share, rule } = read.places(state);
  const name = colourName(state.colour);
  const parts = [`${name[0].toUpperCase()}${name.slice(1)} fur. Right answers: `];
  NETWORKS.forEach(([, , text], network) => {
    const [mean, half] = read.accuracy(rule, network, share, colour);
    parts.push([network, text], ` ${mean.toFixed(1)} ± ${half.toFixed(1)} %`, network < 2 ? ", " : ` (${read.networks} networks each). `);
  });
  const all = read.cats(state);
  const right = rightAnswers(read, state);
  if (state.rule !== "cats") parts.push(`By the new rule every animal with its ears up counts as a cat: ${all.toFixed(0)} % of them. `);
  else if (state.share > 0.5) parts.push(`${all.toFixed(0)} % of the animals are cats, so always saying “cat” is right that often. `);
  parts.push(`Of the eight animals shown (one run, seed ${read.seed}), ${right[0]}, ${right[1]} and ${right[2]} are judged rightly.`);
  return parts;
}
