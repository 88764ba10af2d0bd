package dev.chord.client.sync;

import dev.chord.client.content.FileStamp;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A folder, as far as {@link SyncRound} needs it. Everything in it is named by its path below the folder,
 * with slashes; sync's own files too. Each call is a step: the process may end between any two, others may
 * write to the folder at any moment, and what a call says to be one step is seen by others wholly or not
 * at all.
 */
interface SyncFolder {
    /** This moment, by the clock that dates changes of files. */
    FileTime now() throws IOException;

    /** What is in the folder, sync's own files left out. */
    Walk walk() throws IOException;

    /**
     * Everything below a folder.
     *
     * @param files regular files with names that the ring can take
     * @param leftOut what else there is, and why it is left out; of a directory nothing is known that lies
     *     below it
     * @param links those left out that are links, which is no fault
     */
    record Walk(Map<String, FileStamp> files, Map<String, String> leftOut, Set<String> links) {}

    /**
     * What a file is now; empty: there is none of that name, perhaps a directory.
     *
     * @throws IOException if it is neither, or cannot be looked at
     */
    Optional<FileStamp> stamp(String name) throws IOException;

    /** The content id of a file, which is read whole. */
    Identifier digest(String name) throws IOException;

    /** Where a file is, for the ring to read or write it. */
    Path path(String name) throws IOException;

    /**
     * The name of a file of sync's own, not there yet, from which a file of this name can be made in one
     * step. Directories are made as needed.
     *
     * @throws IOException if that cannot be: a part of the name is a file or leads elsewhere, or a directory
     *     is in its place
     */
    String incoming(String name, Identifier content) throws IOException;

    /** Gives a file one more name, in one step, unless there is something of that name. */
    boolean link(String file, String name) throws IOException;

    /** Removes a file of sync's own, if it is there; never one that people know. */
    void delete(String own) throws IOException;

    /**
     * Keeps a file in the trash, without taking it from its place.
     *
     * @return its name there
     */
    String keep(String name) throws IOException;

    /**
     * Puts a file of sync's own in the place of another in one step, if the other is still as it was seen;
     * says whether it was.
     */
    boolean replace(String own, String name, FileStamp seen) throws IOException;

    /**
     * Moves a file into the trash, in one step.
     *
     * @return its name there
     */
    String take(String name) throws IOException;

    /** The lines of the state that were saved last. */
    List<String> loadState() throws IOException;

    /** Saves lines in the place of those before, in one step. */
    void saveState(List<String> lines) throws IOException;

    /** Removes from the trash what has been there for its time. */
    void emptyTrash() throws IOException;
}
