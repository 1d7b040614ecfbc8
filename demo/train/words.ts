import { Random } from '../../src/nn/index.ts';

/** Ordinary words with every letter in many of them, the rare ones too: what is drawn in a visitor's own typeface. */
export const WORDS: readonly string[] = `
able about above acid acquire across action adjust advice afraid agency album almost always amaze angle answer anxious apple april arrow
artist asked attic august avenue awake axis bacon badge balance banjo bargain basket battle beauty become before begin behind below bench
beyond bicycle binary bishop blanket blaze bloom board bonus borrow bottle bounce boxes branch bread brick bridge bright bronze brush
bubble budget buffet build bunny burger butter buzzer cabin cactus camera candle canyon carbon career cargo castle cause cedar cement
center chance chapel charge cherry chief choice chrome circus city civic clever climb clock cloud coast cobalt coffee collar comet common
copper corner cosmic cotton couple court cousin cover craft crane cream crisp crown crystal cubic curve cycle daily dance danger
dazzle debate decade deck deep delay denim desert detail device diary digital dinner direct discover dizzy dollar dolphin domain
double dragon drawer dream drift drive drizzle during dwarf eager early earth easel echo eclipse editor effort eight either elbow
elegant eleven embrace empty energy engine enjoy enough entry equal equip errand escape estate evening every evolve exact example
excite exist exotic expert explore extra fabric factor fairly family famous farmer fashion father favor feather fiction field fifty
figure filter final finger finish fixed flavor flight floor flower fluid focus follow forest formula fossil fountain foxes frame freeze
fresh friday frozen fruit future gadget galaxy garage garden gather gazette genius gentle ghost giant glazed globe glove golden good
grape gravity great green grocery ground growth guess guitar habit half hammer handle happy harbor harvest hazel health heavy height
helmet hidden hobby hockey hollow honey horizon hotel house human humble hundred hybrid icebox idea image impact index injury insect
island ivory jacket jaguar jasmine jazz jelly jewel join joke journal journey judge juggle juice july jumbo jungle junior jury kayak
keen kernel kettle keyboard kidney kind king kiosk kitchen kiwi knee knight knock koala label ladder language lantern large laugh lava
lawn layer lazy leaf legend lemon letter level liberty light lilac linear liquid listen little lively lizard local lodge logic lucky
lunar luxury magic magnet major maple marble margin market maximum maze meadow melody memory mercury metal middle midnight might milk
mirror mixture model modern moment monkey motion mountain movie museum music muzzle mystery napkin narrow native nature nebula nectar
needle nephew never night nimble noble north notice novel number oasis object ocean october office often olive onion opaque open
opinion opera orange orbit orchid order organ outbox oval oxide oxygen oyster package paint palace panda paper parade park patient
peace pebble pencil pepper phase phone photo piano picnic pilot pixel pizza plasma plaza plenty pocket poem polar policy popcorn
position powder prairie prize project proof proxy public pulse pumpkin puppet purple puzzle pyramid quake quality quantum quarter
queen query quest quick quiet quilt quiz quota rabbit radio rainbow random rapid raven razor ready recipe record reflex relax remote
request rescue review rhythm ribbon ridge river robot rocket royal ruby runway saddle sailor salmon sample satin savage scarf school
science season second secret sequel seven shadow sharp shelf shield silver simple sixty sketch skill sleep slide smile smooth snow
soccer solar solid sonic source space spark sphere spice spiral square stadium statue steady stone storm story stream street strong
studio subway sugar summer sunset supply surface swift symbol syntax system table talent tango target taxi teacher temple tennis
texture theory thirty thunder ticket tiger timber tissue toast tomato tonic topaz torch total toward tower travel treaty tribe triple
tropic trumpet tulip tunnel turbo turkey turtle twelve twenty twist typical umbrella uncle under uniform unique unite urban useful
utopia vacuum valley vanilla vapor vault velvet venture verify vessel victory video village vintage violin virtual vision vivid voice
volcano voyage waffle wagon walnut wander water wealth weather weekly welcome western whale wheat wheel whisper width window winter
wisdom wizard wonder world wrist xenon yacht yard yawn year yellow yesterday yield yoga young zebra zenith zero zigzag zinc zone zoom`
  .trim()
  .split(/\s+/);

/** Words to draw: the visitor's own in turn, or everyday ones, the same for the same seed. */
export function chooseWords(own: string, count: number, seed = 1): string[] {
  const given = own.split(/[\s,;]+/).filter(Boolean);
  const from = given.length > 0 ? given : balanced(shuffled(WORDS, seed), count);
  return Array.from({ length: count }, (_, i) => from[i % from.length]);
}

/** The first `count` words in an order in which letters that were rare so far come next: few words already hold each letter several times. */
function balanced(words: readonly string[], count: number): string[] {
  const left = words.map((word) => ({ word, letters: [...new Set(word)] }));
  const seen = new Map<string, number>();
  const gain = (letters: readonly string[]) =>
    letters.reduce((sum, letter) => sum + 1 / (1 + (seen.get(letter) ?? 0)) ** 2, 0);
  return Array.from({ length: Math.min(count, words.length) }, () => {
    const gains = left.map(({ letters }) => gain(letters));
    const [{ word, letters }] = left.splice(gains.indexOf(Math.max(...gains)), 1);
    for (const letter of letters) seen.set(letter, (seen.get(letter) ?? 0) + 1);
    return word;
  });
}

function shuffled(words: readonly string[], seed: number): string[] {
  const all = [...words];
  const random = new Random(seed);
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}
