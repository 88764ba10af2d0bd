package dev.chord.node.replication;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** In which parts of an arc another process has other things than this one, asked once an arc. */
public final class Differences {
    private final Function<Arc, Fingerprints> here;
    private final Function<Arc, long[]> there;
    private final Map<Arc, boolean[]> known = new HashMap<>();

    public Differences(Function<Arc, Fingerprints> here, Function<Arc, long[]> there) {
        this.here = here;
        this.there = there;
    }

    /** Whether a key of the arc lies in a part that differs. */
    public boolean in(Arc arc, Identifier key) {
        boolean[] parts = known.get(arc);
        if (parts == null) {
            parts = compare(arc);
            known.put(arc, parts);
        }
        return parts[Fingerprints.part(key)];
    }

    private boolean[] compare(Arc arc) {
        Fingerprints ours = here.apply(arc);
        long[] theirs = there.apply(arc);
        boolean[] differs = new boolean[Fingerprints.PARTS];
        for (int part = 0; part < differs.length; part++) {
            differs[part] = ours.get(part) != theirs[part];
        }
        return differs;
    }
}
