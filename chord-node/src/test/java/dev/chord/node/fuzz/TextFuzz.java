package dev.chord.node.fuzz;

import dev.chord.client.Reference;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.core.name.Label;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/** Bytes that are read without a node: names, manifests. */
final class TextFuzz {
    private static final Path ROOT = Path.of("/somewhere/else");

    private TextFuzz() {}

    /** A legal name stays below the directory it is put in, survives UTF-8, and each of its parts is one. */
    static void name(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        String trouble = Label.trouble(text);
        if (trouble.isEmpty() != Label.legal(text)) {
            throw new AssertionError("legal and in trouble: " + text);
        }
        for (String form : Label.otherForms(text)) {
            if (!Label.legal(form)) {
                throw new AssertionError("another form that is no name: " + form);
            }
        }
        if (!trouble.isEmpty()) {
            return;
        }
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), input)) {
            throw new AssertionError("a name whose bytes are others than were given");
        }
        try {
            Path path = ROOT.resolve(text);
            if (!path.normalize().startsWith(ROOT)
                    || path.normalize().equals(ROOT)
                    || !path.normalize().equals(path)) {
                throw new AssertionError("a name that leaves its directory: " + path);
            }
        } catch (InvalidPathException e) {
            throw new AssertionError("a name that is no path: " + text, e);
        }
    }

    /** A reference means an id, a name or either, and keeps what was written; or it is refused with words. */
    static void reference(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Reference reference;
        try {
            reference = Reference.of(text);
        } catch (ChordException refused) {
            if (refused.code() != ErrorCode.USAGE || !text.startsWith("id:")) {
                throw new AssertionError("refused: " + text, refused);
            }
            return;
        }
        if (!reference.name().isEmpty() && !text.endsWith(reference.name())) {
            throw new AssertionError("another name than was written: " + reference);
        }
        if (reference.digits().isEmpty() && reference.mustBeId() && !text.equals("name:") && !text.isEmpty()) {
            throw new AssertionError("neither a name nor an id: " + text);
        }
        if (!reference.digits().isEmpty()
                && (reference.digits().length() < 10 || reference.digits().length() > 64)) {
            throw new AssertionError("an id of " + reference.digits().length() + " digits");
        }
        try {
            Reference.key(text);
        } catch (ChordException refused) {
            if (refused.code() != ErrorCode.USAGE) {
                throw new AssertionError("no point for " + text, refused);
            }
        }
    }

    /** Bytes are a manifest that says the same when it is written again, or a fault of integrity. */
    static void manifest(byte[] input) {
        FileManifest manifest;
        try {
            manifest = ManifestCodec.in(ByteBuffer.wrap(input));
        } catch (ChordException refused) {
            return;
        }
        if (!ManifestCodec.in(ByteBuffer.wrap(ManifestCodec.out(manifest))).equals(manifest)) {
            throw new AssertionError("a manifest that changes when it is written: " + manifest);
        }
        long sum = 0;
        for (int i = 0; i < manifest.chunks().size(); i++) {
            if (manifest.length(i) <= 0 || manifest.offset(i) != sum) {
                throw new AssertionError("chunk " + i + " lies wrongly in " + manifest);
            }
            sum += manifest.length(i);
        }
        if (sum != manifest.size()) {
            throw new AssertionError("chunks of " + sum + " bytes make a file of " + manifest.size());
        }
    }
}
