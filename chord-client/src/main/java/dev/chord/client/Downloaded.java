package dev.chord.client;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.nio.file.Path;
import java.util.List;

/**
 * A finished download.
 *
 * @param digest SHA-256 of the file; every chunk was verified on arrival
 * @param resumed bytes that were already here, from an earlier try
 * @param receipts one for each source that took part
 */
public record Downloaded(
        Path path, Identifier content, long size, Identifier digest, long resumed, List<Receipt> receipts) {
    /**
     * What one source delivered.
     *
     * @param confirmed the source itself counted the same
     * @param chunks which of the file's chunks, from 0, in rising order
     */
    public record Receipt(Peer source, long blocks, long bytes, boolean confirmed, List<Integer> chunks) {}
}
